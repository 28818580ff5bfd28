import { describe, expect, test } from "vitest";
import type { MembershipRequest } from "../../src/replication/replication.ts";
import { TestMaster, typesOf } from "./rig.ts";

function ask(kind: "strike" | "add", changes: Partial<MembershipRequest> = {}): MembershipRequest {
  return {
    kind,
    term: 2,
    primary: "a1",
    copyId: "B",
    processId: "b1",
    reason: "it is late",
    ...changes,
  };
}

const SAVE_SET_OF_A = { type: "save", state: { term: 2, inSync: ["A"] } };

describe("a new shard", () => {
  test("waits for every replica and saves all of them as the set before a term is announced", () => {
    const master = new TestMaster();
    expect(master.started).toEqual([{ type: "wait", afterMs: 10_000 }]);
    expect(master.hello("a1", true)).toEqual([]);
    expect(master.hello("b1", true)).toEqual([
      { type: "save", state: { term: 1, inSync: ["A", "B"] } },
    ]);
    expect(master.saved(1, ["A", "B"])).toEqual([
      { type: "ask", processId: "a1", term: 1 },
      { type: "ask", processId: "b1", term: 1 },
    ]);
  });

  test("continues with the running replicas when the wait has passed", () => {
    const master = new TestMaster();
    master.hello("a1", true);
    expect(master.play({ type: "waitOver" })).toEqual([
      { type: "save", state: { term: 1, inSync: ["A"] } },
    ]);
  });

  test("is refused where state.json does not contain the shard but a copy holds data", () => {
    const master = new TestMaster();
    master.hello("a1", true);
    expect(master.hello("b1", false)).toEqual([]);
    expect(master.play({ type: "waitOver" })).toEqual([]);
    expect(master.master.shard.phase).toBe("refused");
  });
});

describe("rule 4: a promotion waits for the set after a crash of everything, and for the old primary's exit", () => {
  test("the promotion begins when the whole set has sent hello", () => {
    const master = new TestMaster({ persisted: { term: 4, inSync: ["A", "B"] }, replicas: 3 });
    expect(master.hello("a1")).toEqual([]);
    expect(master.master.shard.phase).toBe("waiting");
    expect(master.hello("b1")).toEqual([{ type: "save", state: { term: 5, inSync: ["A", "B"] } }]);
  });

  test("the promotion begins when the process of the missing member has failed", () => {
    const master = new TestMaster({ persisted: { term: 4, inSync: ["A", "B"] } });
    master.hello("a1");
    master.play({ type: "processStarted", processId: "b1", replica: 1 });
    expect(typesOf(master.play({ type: "exited", processId: "b1" }))).toEqual(["save"]);
  });

  test("the promotion begins after 10 s", () => {
    const master = new TestMaster({ persisted: { term: 4, inSync: ["A", "B"] } });
    master.hello("a1");
    expect(typesOf(master.play({ type: "waitOver" }))).toEqual(["save"]);
  });

  test("a stopped primary is killed, and no copy is promoted before its exit is seen", () => {
    const master = TestMaster.led();
    expect(typesOf(master.play({ type: "foundStopped", processId: "a1" }))).toEqual(["kill"]);
    expect(master.play({ type: "exited", processId: "a1" })).toEqual([
      { type: "save", state: { term: 3, inSync: ["A", "B"] } },
    ]);
  });

  test("when the last in-sync copy has died, the master waits for the whole set again", () => {
    const master = TestMaster.led();
    master.play({ type: "foundStopped", processId: "b1" }, { type: "exited", processId: "b1" });
    expect(master.play({ type: "exited", processId: "a1" })).toEqual([
      { type: "wait", afterMs: 10_000 },
    ]);
    expect(master.hello("b2"), "A may hold more").toEqual([]);
  });
});

describe("rules 5 to 7: a new term is on disk before the copies are asked, and the largest position is promoted", () => {
  function electing(): TestMaster {
    const master = new TestMaster({ persisted: { term: 1, inSync: ["A", "B"] } });
    master.hello("a1");
    master.hello("b1");
    master.saved(2, ["A", "B"]);
    return master;
  }

  test("the longest log is promoted, with the whole set and the live processes", () => {
    const master = electing();
    expect(master.answer("a1", 2, 3)).toEqual([]);
    expect(master.answer("b1", 2, 4)).toEqual([
      {
        type: "promote",
        processId: "b1",
        term: 2,
        inSync: ["A", "B"],
        revision: 1,
        live: [
          { copyId: "A", processId: "a1" },
          { copyId: "B", processId: "b1" },
        ],
        replicas: 2,
      },
    ]);
    expect(master.master.shard).toMatchObject({
      phase: "led",
      term: 2,
      primary: { processId: "b1" },
    });
  });

  test("a larger term counts for more than a longer log", () => {
    const master = electing();
    master.answer("a1", 2, 9, 0);
    expect(master.answer("b1", 2, 4, 1)).toMatchObject([{ type: "promote", processId: "b1" }]);
  });

  test("the lowest replica of equal copies is promoted", () => {
    const master = electing();
    master.answer("b1", 2, 3);
    expect(master.answer("a1", 2, 3)).toMatchObject([{ type: "promote", processId: "a1" }]);
  });

  test("the election does not wait for a copy that dies, and starts a new term when none is left", () => {
    const master = electing();
    master.answer("a1", 2, 3);
    expect(master.play({ type: "exited", processId: "b1" })).toMatchObject([
      { type: "promote", processId: "a1" },
    ]);
    const again = electing();
    again.play({ type: "exited", processId: "a1" }, { type: "exited", processId: "b1" });
    expect(again.hello("b2")).toEqual([{ type: "save", state: { term: 3, inSync: ["A", "B"] } }]);
  });

  test("an answer under an older term does not count", () => {
    const master = electing();
    expect(master.answer("a1", 1, 3)).toEqual([]);
    master.answer("b1", 2, 3);
    expect(master.master.shard.phase).toBe("electing");
  });

  test("a copy that lost its tail is not promoted without a decision of the user", () => {
    const master = new TestMaster({ persisted: { term: 1, inSync: ["A"] }, replicas: 1 });
    master.hello("a1");
    master.saved(2, ["A"]);
    const lost = { position: { seq: 1, term: 1 }, damage: "lost-tail" } as const;
    expect(master.play({ type: "positionAnswered", processId: "a1", term: 2, ...lost })).toEqual(
      [],
    );
    expect(master.master.shard.phase).toBe("red");
    master.play({ type: "command", command: { kind: "allocateStale", replica: 0 } });
    master.saved(3, ["A"]);
    expect(
      master.play({ type: "positionAnswered", processId: "a1", term: 3, ...lost }),
    ).toMatchObject([{ type: "promote", processId: "a1" }]);
  });

  test("with asynchronous durability, a copy that lost its tail may be promoted", () => {
    const master = new TestMaster({
      persisted: { term: 1, inSync: ["A"] },
      replicas: 1,
      mayLoseTail: true,
    });
    master.hello("a1");
    master.saved(2, ["A"]);
    const lost = { position: { seq: 1, term: 1 }, damage: "lost-tail" } as const;
    expect(
      typesOf(master.play({ type: "positionAnswered", processId: "a1", term: 2, ...lost })),
    ).toEqual(["promote"]);
  });

  test("a copy with another outcome is promoted only if no other copy is left", () => {
    const master = electing();
    const mismatch = { position: { seq: 9, term: 1 }, damage: "mismatch" } as const;
    master.play({ type: "positionAnswered", processId: "a1", term: 2, ...mismatch });
    expect(master.answer("b1", 2, 3)).toMatchObject([{ type: "promote", processId: "b1" }]);
  });

  test("every term in a log is used up, also one that state.json does not contain", () => {
    const master = electing();
    master.answer("a1", 2, 3, 7);
    expect(master.answer("b1", 2, 3, 7)).toEqual([
      { type: "save", state: { term: 8, inSync: ["A", "B"] } },
    ]);
  });
});

describe("rule 17: a strike is on disk, the copy killed and its exit seen, before the primary is answered", () => {
  test("the steps keep that order, and the answer names the killed processes", () => {
    const master = TestMaster.led();
    const request = ask("strike");
    expect(master.play({ type: "requested", request })).toEqual([SAVE_SET_OF_A]);
    expect(master.saved(2, ["A"])).toMatchObject([{ type: "kill", processId: "b1" }]);
    expect(master.play({ type: "exited", processId: "b1" })).toMatchObject([
      { type: "answer", to: "a1", answer: { request, granted: true, killed: ["b1"] } },
      { type: "announce", live: [{ copyId: "A", processId: "a1" }] },
    ]);
  });

  test("a copy without a process is struck at once", () => {
    const master = TestMaster.led();
    master.play(
      { type: "exited", processId: "b1" },
      { type: "requested", request: ask("strike", { processId: null }) },
    );
    expect(master.saved(2, ["A"])).toMatchObject([
      { type: "answer", answer: { granted: true, killed: [] } },
    ]);
  });

  test.each([
    ["an older term", { term: 1 }],
    ["another process than the primary", { primary: "a0" }],
    ["the primary's own copy", { copyId: "A" }],
  ])("a request about %s is refused", (_, changes) => {
    const actions = TestMaster.led().play({ type: "requested", request: ask("strike", changes) });
    expect(actions).toMatchObject([{ type: "answer", answer: { granted: false } }]);
  });

  test("the request of a primary that has died is refused", () => {
    const master = TestMaster.led();
    master.play({ type: "exited", processId: "a1" });
    expect(
      master.play({ type: "requested", request: ask("add", { copyId: "C", processId: "c1" }) }),
    ).toEqual([]);
    master.saved(3, ["A", "B"]);
    expect(master.answer("b1", 3, 3)).toMatchObject([
      { type: "promote" },
      { type: "answer", answer: { granted: false } },
    ]);
  });

  test("one job at a time: the next request waits for the one before", () => {
    const master = TestMaster.led();
    master.play({ type: "requested", request: ask("strike") });
    expect(
      master.play({ type: "requested", request: ask("strike", { copyId: "C", processId: null }) }),
    ).toEqual([]);
  });
});

describe("rule 20: a copy is added while its process lives", () => {
  function outside(): TestMaster {
    const master = TestMaster.led();
    master.play({ type: "requested", request: ask("strike") });
    master.saved(2, ["A"]);
    master.play({ type: "exited", processId: "b1" });
    master.hello("b2");
    return master;
  }

  test("the set is on disk before the answer", () => {
    const master = outside();
    const request = ask("add", { processId: "b2" });
    expect(master.play({ type: "requested", request })).toEqual([
      { type: "save", state: { term: 2, inSync: ["A", "B"] } },
    ]);
    expect(master.saved(2, ["A", "B"])).toMatchObject([
      { type: "answer", answer: { request, granted: true } },
    ]);
  });

  test("the addition is refused when that process is gone, although the copy has another", () => {
    const actions = outside().play({ type: "requested", request: ask("add", { processId: "b1" }) });
    expect(actions).toMatchObject([
      { type: "answer", answer: { granted: false, reason: "its process is gone" } },
    ]);
  });
});

describe("the live processes are announced to the primary with each hello and each exit", () => {
  test("announcements have growing revisions", () => {
    const master = TestMaster.led();
    const [gone] = master.play({ type: "exited", processId: "b1" });
    expect(gone).toMatchObject({
      type: "announce",
      to: "a1",
      term: 2,
      live: [{ processId: "a1" }],
    });
    const [back] = master.hello("b2");
    expect(back).toMatchObject({
      type: "announce",
      live: [{ processId: "a1" }, { processId: "b2" }],
    });
    expect([gone, back].map((action) => action?.type === "announce" && action.revision)).toEqual([
      2, 3,
    ]);
  });

  test("a hello that is read after the exit is dropped", () => {
    const master = TestMaster.led();
    master.play({ type: "exited", processId: "b1" });
    expect(
      master.play({ type: "hello", processId: "b1", copyId: "B", replica: 1, empty: false }),
    ).toEqual([]);
  });
});

describe("rule 25: without a copy of the set no copy is promoted", () => {
  test("a copy outside the set is promoted only by a decision of the user", () => {
    const master = new TestMaster({ persisted: { term: 3, inSync: ["A"] } });
    master.hello("b1");
    expect(master.play({ type: "waitOver" })).toEqual([]);
    expect(master.master.shard.phase).toBe("red");
    const command = { kind: "allocateStale", replica: 1 } as const;
    expect(master.play({ type: "command", command })).toEqual([
      { type: "save", state: { term: 4, inSync: ["B"] } },
      { type: "commandDone", command, refused: null },
    ]);
    master.saved(4, ["B"]);
    expect(master.answer("b1", 4, 2)).toMatchObject([
      { type: "promote", processId: "b1", inSync: ["B"] },
    ]);
  });

  test.each([
    ["there is a primary", TestMaster.led(), "the shard has a primary"],
    [
      "the copy is not running",
      new TestMaster({ persisted: { term: 3, inSync: ["A"] } }),
      "the copy is not running",
    ],
  ])("refused while %s", (_, master, refused) => {
    const command = { kind: "allocateStale", replica: 1 } as const;
    expect(master.play({ type: "command", command })).toEqual([
      { type: "commandDone", command, refused },
    ]);
  });
});

describe("a copy that dies twice applying the same record", () => {
  function dieTwice(applying: readonly [number, number]): {
    master: TestMaster;
    last: readonly string[];
  } {
    const master = TestMaster.led();
    master.play({ type: "exited", processId: "b1", applying: applying[0] });
    master.hello("b2");
    return {
      master,
      last: typesOf(master.play({ type: "exited", processId: "b2", applying: applying[1] })),
    };
  }

  test("is held until the primary has a snapshot beyond it and the copy is outside the set", () => {
    const { master, last } = dieTwice([7, 7]);
    expect(last).toContain("hold");
    expect(
      master.play({ type: "snapshotCounted", processId: "a1", seq: 8 }),
      "still in the set",
    ).toEqual([]);
    master.play({ type: "requested", request: ask("strike", { processId: null }) });
    expect(master.saved(2, ["A"])).toContainEqual({ type: "release", replica: 1 });
  });

  test("is started again when it dies applying another record each time", () => {
    expect(dieTwice([7, 8]).last).not.toContain("hold");
  });
});

describe("commands of the user", () => {
  test("stop kills the process, and the shard does not wait for it", () => {
    const master = TestMaster.led();
    const command = { kind: "stop", replica: 1 } as const;
    expect(typesOf(master.play({ type: "command", command }))).toEqual(["kill", "commandDone"]);
    master.play({ type: "exited", processId: "b1" });
    expect(master.master.shard.copies[1]?.condition).toBe("stopped");
  });

  describe("scale down", () => {
    const command = { kind: "scale", replicas: 1 } as const;
    const scale = { type: "command", command } as const;

    /** The copies A and B are in-sync, and B is the primary. */
    function ledByB(): TestMaster {
      const master = new TestMaster({ persisted: { term: 1, inSync: ["A", "B"] } });
      master.hello("a1");
      master.hello("b1");
      master.saved(2, ["A", "B"]);
      master.answer("a1", 2, 3);
      master.answer("b1", 2, 4);
      return master;
    }

    test("the primary has the removed member struck; the set is on disk before the kill", () => {
      const master = TestMaster.led();
      expect(master.play(scale)).toMatchObject([
        { type: "commandDone", refused: null },
        { type: "announce", replicas: 1, leaving: ["B"] },
      ]);
      expect(master.play({ type: "requested", request: ask("strike") })).toEqual([SAVE_SET_OF_A]);
      expect(master.saved(2, ["A"])).toMatchObject([{ type: "kill", processId: "b1" }]);
      expect(master.play({ type: "exited", processId: "b1" })).toMatchObject([
        { type: "answer", answer: { granted: true, killed: ["b1"] } },
        { type: "announce", live: [{ copyId: "A" }] },
      ]);
    });

    test("a removed copy outside the set, or without hello, is killed at once", () => {
      const master = TestMaster.led();
      master.play({ type: "requested", request: ask("strike") });
      master.saved(2, ["A"]);
      master.play({ type: "exited", processId: "b1" });
      master.hello("b2");
      expect(master.play(scale)).toContainEqual(
        expect.objectContaining({ type: "kill", processId: "b2" }),
      );
      const early = TestMaster.led();
      early.play({ type: "exited", processId: "b1" });
      early.play({ type: "processStarted", processId: "b2", replica: 1 });
      expect(early.play(scale)).toContainEqual(
        expect.objectContaining({ type: "kill", processId: "b2" }),
      );
    });

    test("a removed primary is killed when an in-sync copy can take over, which then strikes it", () => {
      const master = ledByB();
      expect(typesOf(master.play(scale))).toEqual(["commandDone", "kill"]);
      expect(master.play({ type: "exited", processId: "b1" })).toEqual([
        { type: "save", state: { term: 3, inSync: ["A", "B"] } },
      ]);
    });

    test("a removed primary stays while no other copy is in-sync, and leaves when one is", () => {
      const master = ledByB();
      master.play({ type: "exited", processId: "a1" });
      expect(typesOf(master.play(scale))).toEqual(["commandDone", "announce"]);
      expect(typesOf(master.hello("a2"))).toEqual(["kill"]);
    });

    test("the only in-sync copy is needed while it leaves, also when its process restarts", () => {
      const master = ledByB();
      const request = ask("strike", { primary: "b1", copyId: "A", processId: "a1" });
      master.play({ type: "requested", request });
      master.saved(2, ["B"]);
      master.play({ type: "exited", processId: "a1" }, scale, { type: "exited", processId: "b1" });
      expect(master.master.shard.needed).toEqual([1]);
      const started = { type: "processStarted", processId: "b2", replica: 1 } as const;
      expect(master.play(started)).toEqual([]);
      master.hello("a2");
      expect(master.hello("b2")).toEqual([{ type: "save", state: { term: 3, inSync: ["B"] } }]);
      master.saved(3, ["B"]);
      master.answer("b2", 3, 4);
      const add = ask("add", { term: 3, primary: "b2", copyId: "A", processId: "a2" });
      master.play({ type: "requested", request: add });
      expect(typesOf(master.saved(3, ["B", "A"]))).toEqual(["answer", "kill"]);
      expect(master.master.shard.needed).toEqual([]);
    });

    test("a start with fewer replicas needs the in-sync copy that a higher replica holds", () => {
      const persisted = { term: 4, inSync: ["B"] };
      const copies = new Map([
        [0, "A"],
        [1, "B"],
      ]);
      const master = new TestMaster({ persisted, replicas: 1, copies });
      expect(master.master.shard.needed).toEqual([1]);
      expect(master.hello("a1")).toEqual([]);
      expect(master.master.shard.phase).toBe("waiting");
      expect(master.hello("b1")).toEqual([{ type: "save", state: { term: 5, inSync: ["B"] } }]);
      const both = new TestMaster({
        persisted: { term: 4, inSync: ["A", "B"] },
        copies,
        replicas: 1,
      });
      expect(both.master.shard.needed).toEqual([]);
    });

    test("an election waits for every needed copy, because one may have lost its tail", () => {
      const copies = new Map([
        [1, "B"],
        [2, "C"],
      ]);
      const persisted = { term: 4, inSync: ["B", "C"] };
      const master = new TestMaster({ persisted, replicas: 1, copies });
      master.hello("a1");
      expect(master.hello("b1")).toEqual([]);
      expect(typesOf(master.hello("c1"))).toEqual(["save"]);
    });

    test("a killed primary has no copy struck any more, because that copy takes over", () => {
      const master = ledByB();
      master.play(scale);
      const request = ask("strike", { primary: "b1", copyId: "A", processId: "a1" });
      expect(master.play({ type: "requested", request })).toMatchObject([
        { type: "answer", answer: { granted: false } },
      ]);
    });

    test("the last copy of a shard is not removed", () => {
      const none = { kind: "scale", replicas: 0 } as const;
      expect(TestMaster.led().play({ type: "command", command: none })).toContainEqual({
        type: "commandDone",
        command: none,
        refused: "a shard keeps at least one copy",
      });
    });
  });
});
