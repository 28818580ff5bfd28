import { describe, expect, test } from "vitest";
import { Copy, type CopyAction, type CopyEvent } from "../../src/replication/replication.ts";
import {
  DONE,
  FOUND_NOTHING,
  makeRecords,
  makeWrite,
  only,
  sent,
  TestCopy,
  typesOf,
} from "./rig.ts";

/** A primary of term 1 with copy B in the set, both empty, B's process matched. */
function leadPair(): TestCopy {
  const primary = new TestCopy().start();
  primary.lead(1, ["A", "B"], [{ copyId: "B", processId: "b1" }]);
  primary.join(0);
  return primary;
}

/** A copy that follows primary `p1` of term 1 and is empty. */
function follow(): TestCopy {
  const copy = new TestCopy().start();
  copy.take({ type: "greet", inSync: true });
  copy.take({ type: "append", previous: { seq: 0, term: 0 }, records: [] });
  return copy;
}

describe("rule 3: a copy replays and fsyncs the log that it found before it sends hello", () => {
  test("a record that was only found does not count as fsynced", () => {
    const copy = new TestCopy({ records: makeRecords(2) });
    expect(copy.play({ type: "started" })).toEqual([{ type: "sync" }]);
    expect(copy.copy.localCheckpoint).toBe(0);
  });

  test("records are applied once they are fsynced, one at a time, and then the hello is sent", () => {
    const copy = new TestCopy({ records: makeRecords(2) });
    copy.play({ type: "started" });
    expect(copy.fsync()).toEqual([{ type: "apply", record: makeRecords(2)[0] }]);
    expect(copy.apply(1)).toEqual([{ type: "apply", record: makeRecords(2)[1] }]);
    expect(copy.apply(2)).toEqual([{ type: "hello", position: { seq: 2, term: 1 }, empty: false }]);
  });

  test("records in the snapshot are not applied again", () => {
    const snapshot = { seq: 2, term: 1, bytes: 10, loadMs: 1 };
    const copy = new TestCopy({
      base: { seq: 2, term: 1 },
      records: makeRecords(1, 1, 3),
      snapshots: [snapshot],
    });
    copy.play({ type: "started" });
    expect(copy.fsync()).toEqual([{ type: "apply", record: makeRecords(1, 1, 3)[0] }]);
  });

  test("a log that ends below a recorded checkpoint is reported to have lost its tail", () => {
    const copy = new TestCopy({ records: makeRecords(2), checkpoint: 3 }).start();
    const [answer] = only(copy.play({ type: "asked", term: 4 }), "answerPosition");
    expect(answer?.damage).toBe("lost-tail");
  });
});

describe("rule 6: an asked copy adopts the term and takes nothing more from an earlier stream", () => {
  test("it answers its position once all of its log is fsynced", () => {
    const copy = follow();
    copy.take({ type: "append", previous: { seq: 0, term: 0 }, records: makeRecords(1) });
    expect(typesOf(copy.play({ type: "asked", term: 2 }))).toEqual(["sync"]);
    expect(only(copy.fsync(), "answerPosition")).toEqual([
      { type: "answerPosition", term: 2, position: { seq: 1, term: 1 }, damage: "none" },
    ]);
  });

  test("a record of the old primary that arrives later is dropped", () => {
    const copy = follow();
    copy.play({ type: "asked", term: 2 });
    expect(
      copy.take({ type: "append", previous: { seq: 0, term: 0 }, records: makeRecords(1) }),
    ).toEqual([]);
    expect(copy.copy.position.seq).toBe(0);
  });

  test("a primary that is asked for its position ends instead of being demoted", () => {
    const primary = leadPair();
    expect(typesOf(primary.play({ type: "asked", term: 2 }))).toEqual(["die"]);
    expect(primary.write("w1", 1), "nothing is done after its end").toEqual([]);
  });
});

describe("rule 8: a promoted copy applies its whole log and waits for the whole set", () => {
  test("a write waits while a record of its log is not applied", () => {
    const copy = follow();
    copy.take({ type: "append", previous: { seq: 0, term: 0 }, records: makeRecords(1) });
    copy.fsync();
    copy.lead(2, ["A"]);
    expect(copy.play(makeWrite("x", 1))).toEqual([]);
    expect(copy.apply(1)).toContainEqual({ type: "run", operationId: "x", ticket: 1 });
  });

  test("the primary waits for a member without a process and requests its strike at once", () => {
    const primary = new TestCopy().start();
    const [strike] = only(primary.lead(1, ["A", "B"]), "request");
    expect(strike?.request).toMatchObject({
      kind: "strike",
      copyId: "B",
      processId: null,
      term: 1,
      primary: "a1",
    });
    expect(primary.copy.isAcceptingWrites).toBe(false);
  });

  test("inherited records keep their term and are sent on without an acknowledgement, and a retry of their id is answered", () => {
    const primary = new TestCopy({ records: makeRecords(1, 1) }).start();
    primary.lead(2, ["A", "B"], [{ copyId: "B", processId: "b1" }]);
    const stream = sent(primary.join(0)).find((message) => message.type === "append");
    expect(stream).toMatchObject({ records: [{ seq: 1, term: 1 }] });
    primary.play(makeWrite("w1", 7));
    const answered = primary.hear({ type: "answer", seq: 1 });
    expect(only(answered, "acknowledge")).toMatchObject([
      { operationId: "w1", tickets: [7], seq: 1 },
    ]);
    expect(only(answered, "run"), "the retry must not run again").toEqual([]);
  });
});

describe("rules 9 and 10: a greeted copy's last record decides where its stream starts", () => {
  const inSync = ["A", "B"];
  const live = [{ copyId: "B", processId: "b1" }];

  function leadWith(records = makeRecords(3, 2), members = inSync): TestCopy {
    const primary = new TestCopy({ records }).start();
    primary.lead(3, members, live);
    primary.play({ type: "linkOpened", processId: "b1" });
    return primary;
  }

  test("the greeting carries term and checkpoint", () => {
    const primary = new TestCopy().start();
    primary.lead(3, inSync, live);
    expect(sent(primary.play({ type: "linkOpened", processId: "b1" }))).toEqual([
      { type: "greet", term: 3, stream: 1, checkpoint: 0, inSync: true },
    ]);
  });

  test("a copy answers a greeting only with what is fsynced", () => {
    const copy = follow();
    copy.take({ type: "append", previous: { seq: 0, term: 0 }, records: makeRecords(1) });
    expect(typesOf(copy.take({ type: "greet", stream: 2, inSync: true }))).toEqual(["sync"]);
    copy.fsync();
    expect(sent(copy.apply(1))).toMatchObject([
      { type: "position", stream: 2, last: { seq: 1, term: 1 } },
    ]);
  });

  test("the stream starts after a record that the primary holds", () => {
    const message = sent(
      leadWith().hear({ type: "position", last: { seq: 2, term: 2 }, damage: "none" }),
    )[0];
    expect(message).toMatchObject({
      type: "append",
      previous: { seq: 2, term: 2 },
      records: [{ seq: 3 }],
    });
  });

  test.each([
    ["another record at that number", { seq: 2, term: 1 }],
    ["merely longer", { seq: 4, term: 2 }],
  ])("in the set and %s: struck", (_, last) => {
    const [strike] = only(leadWith().hear({ type: "position", last, damage: "none" }), "request");
    expect(strike?.request).toMatchObject({ kind: "strike", copyId: "B", processId: "b1" });
  });

  test.each([
    ["another record at that number", { seq: 2, term: 1 }],
    ["merely longer", { seq: 4, term: 2 }],
  ])("outside the set and %s: restored", (_, last) => {
    const actions = leadWith(makeRecords(3, 2), ["A"]).hear({
      type: "position",
      last,
      damage: "none",
    });
    expect(sent(actions)).toMatchObject([{ type: "restore", mark: { seq: 0, term: 0 } }]);
  });

  test("a copy behind the trimmed log and outside the set is restored from the newest snapshot", () => {
    const snapshot = { seq: 2, term: 1, bytes: 10, loadMs: 1 };
    const primary = new TestCopy({
      base: { seq: 2, term: 1 },
      records: makeRecords(1, 1, 3),
      snapshots: [snapshot],
    }).start();
    primary.lead(3, ["A"], live);
    primary.play({ type: "linkOpened", processId: "b1" });
    const actions = primary.hear({ type: "position", last: { seq: 1, term: 1 }, damage: "none" });
    expect(sent(actions)).toMatchObject([{ type: "restore", mark: { seq: 2, term: 1 } }]);
  });

  test("a member below the checkpoint has lost its tail and is struck", () => {
    const primary = new TestCopy({ records: makeRecords(3, 2), checkpoint: 3 }).start();
    primary.lead(3, inSync, live);
    primary.play({ type: "linkOpened", processId: "b1" });
    const [strike] = only(
      primary.hear({ type: "position", last: { seq: 2, term: 2 }, damage: "none" }),
      "request",
    );
    expect(strike?.request).toMatchObject({
      kind: "strike",
      reason: "it has lost the tail of its log",
    });
  });
});

describe("rule 11: no new write runs until each member of the set has matched or been struck", () => {
  test("the write runs when the last member matches", () => {
    const primary = new TestCopy().start();
    primary.lead(1, ["A", "B"], [{ copyId: "B", processId: "b1" }]);
    expect(primary.play(makeWrite("x", 1))).toEqual([]);
    expect(primary.join(0)).toContainEqual({ type: "run", operationId: "x", ticket: 1 });
  });

  test("the write runs when the last member is struck", () => {
    const primary = new TestCopy().start();
    const [asked] = only(primary.lead(1, ["A", "B"]), "request");
    primary.play(makeWrite("x", 1));
    const answer = { request: asked!.request, granted: true, reason: "", killed: [] };
    expect(primary.play({ type: "answered", answer })).toContainEqual({
      type: "run",
      operationId: "x",
      ticket: 1,
    });
  });
});

describe("rule 12: the id of a write is entered before it runs, and the write is appended right after it ran", () => {
  test("a write that has run is appended, fsynced and sent at once, under the term of the primary", () => {
    const primary = leadPair();
    primary.play(makeWrite("x", 1));
    const actions = primary.play({ type: "ran", operationId: "x", ...DONE });
    expect(typesOf(actions)).toEqual(["append", "sync", "send", "expect"]);
    expect(only(actions, "append")[0]?.records).toMatchObject([
      { seq: 1, term: 1, operationId: "x" },
    ]);
  });

  test("a repeat that arrives while the write runs joins it", () => {
    const primary = new TestCopy().start();
    primary.lead(1);
    primary.play(makeWrite("x", 1));
    expect(primary.play(makeWrite("x", 2))).toEqual([]);
    primary.play({ type: "ran", operationId: "x", ...DONE });
    expect(only(primary.fsync(), "acknowledge")).toMatchObject([{ tickets: [1, 2] }]);
  });

  test("writes run one after another while earlier ones wait for their fsync", () => {
    const primary = new TestCopy().start();
    primary.lead(1);
    expect(typesOf(primary.play(makeWrite("x", 1)))).toEqual(["run"]);
    expect(primary.play(makeWrite("y", 2))).toEqual([]);
    const ran = primary.play({ type: "ran", operationId: "x", ...DONE });
    expect(only(ran, "run")).toEqual([{ type: "run", operationId: "y", ticket: 2 }]);
    primary.play({ type: "ran", operationId: "y", ...DONE });
    expect(only(primary.fsync(), "acknowledge"), "one fsync serves both").toHaveLength(2);
  });

  test("a write that threw is logged as threw and answered with that outcome", () => {
    const primary = new TestCopy().start();
    primary.lead(1);
    primary.play(makeWrite("x", 1));
    primary.play({
      type: "ran",
      operationId: "x",
      outcome: { kind: "threw", error: "no" },
      elapsedMs: 1,
    });
    expect(only(primary.fsync(), "acknowledge")[0]?.outcome).toEqual({
      kind: "threw",
      error: "no",
    });
  });

  test("the payload handle of a write comes back, untouched, in the record to append", () => {
    const payload = { of: "x" };
    const copy = new Copy<typeof payload>({ ...FOUND_NOTHING, copyId: "A", processId: "a1" });
    const play = (...events: readonly CopyEvent<typeof payload>[]) =>
      events.flatMap((event) => copy.handle(event));
    play({ type: "started" }, { type: "fsynced", position: copy.position });
    play(
      { type: "asked", term: 1 },
      { type: "promoted", term: 1, inSync: ["A"], live: [], revision: 1, replicas: 1 },
    );
    play({ type: "write", operationId: "x", ticket: 1, bytes: 100, payload });
    const actions = play({ type: "ran", operationId: "x", ...DONE });
    const appended = actions.flatMap((action) => (action.type === "append" ? action.records : []));
    expect(appended.map((record) => record.payload === payload)).toEqual([true]);
  });

  test("only a primary takes writes", () => {
    expect(follow().play(makeWrite("x", 9))).toEqual([
      { type: "refuse", operationId: "x", ticket: 9, reason: "not-primary" },
    ]);
  });
});

describe("rule 13: a copy takes only the record after its last one, from a current sender", () => {
  test("a copy appends, fsyncs, applies, and then answers", () => {
    const copy = follow();
    const records = makeRecords(1);
    expect(copy.take({ type: "append", previous: { seq: 0, term: 0 }, records })).toEqual([
      { type: "append", records },
      { type: "sync" },
    ]);
    expect(copy.fsync()).toEqual([{ type: "apply", record: records[0] }]);
    expect(sent(copy.apply(1))).toMatchObject([{ type: "answer", seq: 1 }]);
  });

  test("records of an older term are taken from a sender of a newer one", () => {
    const copy = new TestCopy().start();
    copy.play({ type: "asked", term: 5 });
    copy.take({ type: "greet", term: 5, inSync: true });
    copy.take({
      type: "append",
      term: 5,
      previous: { seq: 0, term: 0 },
      records: makeRecords(1, 1),
    });
    expect(copy.copy.position).toEqual({ seq: 1, term: 1 });
  });

  test("a record is dropped as known only if its term is the same", () => {
    const copy = follow();
    copy.take({ type: "append", previous: { seq: 0, term: 0 }, records: makeRecords(1, 1) });
    expect(
      copy.take({ type: "append", previous: { seq: 0, term: 0 }, records: makeRecords(1, 1) }),
    ).toEqual([]);
    copy.fsync();
    copy.apply(1);
    const other = copy.take({
      type: "append",
      previous: { seq: 0, term: 0 },
      records: makeRecords(1, 2),
    });
    expect(
      sent(other),
      "it reports the end of its log, so that the primary compares again",
    ).toMatchObject([{ type: "position", last: { seq: 1, term: 1 } }]);
  });

  test("a record after a gap is not taken", () => {
    const copy = follow();
    copy.take({ type: "append", previous: { seq: 1, term: 1 }, records: makeRecords(1, 1, 2) });
    expect(copy.copy.position.seq).toBe(0);
  });

  test("messages of an earlier stream of the same primary are dropped", () => {
    const copy = follow();
    copy.take({ type: "greet", stream: 2, inSync: true });
    expect(
      copy.take({
        type: "append",
        stream: 1,
        previous: { seq: 0, term: 0 },
        records: makeRecords(1),
      }),
    ).toEqual([]);
  });
});

describe("rules 14 and 15: a write is acknowledged when it is fsynced on the primary and on every member", () => {
  test("neither the fsync of the primary nor the answer of the copy alone is enough", () => {
    const primary = leadPair();
    primary.write("x", 1);
    expect(only(primary.fsync(), "acknowledge")).toEqual([]);
    expect(only(primary.hear({ type: "answer", seq: 1 }), "acknowledge")).toEqual([
      {
        type: "acknowledge",
        operationId: "x",
        tickets: [1],
        seq: 1,
        outcome: { kind: "done" },
        copies: { total: 2, successful: 2, failed: 0 },
      },
    ]);
  });

  test("a repeat of a logged write waits for the checkpoint, and is answered at once after it", () => {
    const primary = leadPair();
    primary.write("x", 1);
    expect(primary.play(makeWrite("x", 2))).toEqual([]);
    primary.fsync();
    const reached = primary.hear({ type: "answer", seq: 1 });
    expect(only(reached, "acknowledge")[0]?.tickets).toEqual([1, 2]);
    const later = primary.play(makeWrite("x", 3));
    expect(only(later, "acknowledge")[0]?.tickets).toEqual([3]);
  });

  test("the checkpoint travels with every message, and alone where no record is to be sent", () => {
    const primary = leadPair();
    primary.write("x", 1);
    primary.fsync();
    expect(sent(primary.hear({ type: "answer", seq: 1 }))).toMatchObject([
      { type: "append", checkpoint: 1, records: [] },
    ]);
  });

  test("the checkpoint that a copy records never exceeds its fsynced records", () => {
    const copy = follow();
    copy.take({
      type: "append",
      previous: { seq: 0, term: 0 },
      records: makeRecords(1),
      checkpoint: 1,
    });
    expect(only(copy.fsync(), "recordCheckpoint")).toEqual([
      { type: "recordCheckpoint", checkpoint: 1 },
    ]);
  });
});

describe("rules 16 to 18: a member that fails is struck by the supervisor before anything is acknowledged without it", () => {
  function lose(primary: TestCopy): readonly CopyAction<string>[] {
    return primary.play({ type: "members", term: 1, revision: 2, live: [], replicas: 2 });
  }

  test("one strike is requested for a member that is gone, until the request is answered", () => {
    const primary = leadPair();
    primary.write("x", 1);
    expect(only(lose(primary), "request")).toHaveLength(1);
    expect(only(primary.fsync(), "request")).toEqual([]);
  });

  test("only the answer of the supervisor ends the wait, and the answer to the client counts the loss", () => {
    const primary = leadPair();
    primary.write("x", 1);
    const [strike] = only(lose(primary), "request");
    expect(only(primary.fsync(), "acknowledge")).toEqual([]);
    const answer = { request: strike!.request, granted: true, reason: "", killed: ["b1"] };
    expect(only(primary.play({ type: "answered", answer }), "acknowledge")).toMatchObject([
      { operationId: "x", copies: { total: 2, successful: 1, failed: 1 } },
    ]);
  });

  test("the timer of a member runs while it owes an answer, restarts with each progress, and ends in a strike", () => {
    const primary = leadPair();
    primary.play(makeWrite("x", 1));
    expect(only(primary.play({ type: "ran", operationId: "x", ...DONE }), "expect")).toHaveLength(
      1,
    );
    const [strike] = only(primary.play({ type: "late", copyId: "B" }), "request");
    expect(strike?.request).toMatchObject({
      kind: "strike",
      processId: "b1",
      reason: "it is late",
    });
  });

  test("the timer ends when the member owes no answer", () => {
    const primary = leadPair();
    primary.write("x", 1);
    const answered = primary.hear({ type: "answer", seq: 1 });
    expect(only(answered, "expectNothing")).toEqual([{ type: "expectNothing", copyId: "B" }]);
    expect(
      primary.play({ type: "late", copyId: "B" }),
      "a timer that fired just before is ignored",
    ).toEqual([]);
  });

  test("an executor whose writes are slow on every copy makes no copy late", () => {
    const primary = leadPair();
    primary.play(makeWrite("x", 1));
    const ran = primary.play({
      type: "ran",
      operationId: "x",
      outcome: { kind: "done" },
      elapsedMs: 30_000,
    });
    expect(only(ran, "expect")[0]?.afterMs).toBe(70_000);
  });

  test("one slow write among many quick ones extends the timer until every copy has reached it", () => {
    const primary = leadPair();
    for (let seq = 1; seq <= 20; seq += 1) {
      primary.write(`quick${seq}`, seq);
      primary.hear({ type: "answer", seq });
    }
    primary.play(makeWrite("x", 99));
    const ran = primary.play({
      type: "ran",
      operationId: "x",
      outcome: { kind: "done" },
      elapsedMs: 30_000,
    });
    expect(only(ran, "expect")[0]?.afterMs).toBe(70_000);
  });

  test("progress without an answer restarts the timer and acknowledges no write", () => {
    const primary = leadPair();
    primary.play(makeWrite("x", 1));
    primary.play({ type: "ran", operationId: "x", ...DONE });
    primary.fsync();
    const heard = primary.hear({ type: "progress", applied: 7 });
    expect(only(heard, "expect")).toMatchObject([{ copyId: "B", processId: "b1" }]);
    expect(only(heard, "acknowledge")).toEqual([]);
    expect(
      only(primary.hear({ type: "progress", applied: 7 }), "expect"),
      "a repeated report is no progress",
    ).toEqual([]);
  });

  test("a member with another outcome is struck", () => {
    const primary = leadPair();
    primary.write("x", 1);
    expect(only(primary.hear({ type: "mismatch", seq: 1 }), "request")[0]?.request.kind).toBe(
      "strike",
    );
  });
});

describe("rule 19: a copy outside the set is added when it holds the checkpoint and all that was inherited", () => {
  /** A primary alone in its set that inherited two records; copy B is live outside. */
  function leadAlone(): TestCopy {
    const primary = new TestCopy({ records: makeRecords(2) }).start();
    primary.lead(2, ["A"], [{ copyId: "B", processId: "b1" }]);
    return primary;
  }

  test("a copy is not added before it holds P", () => {
    const primary = leadAlone();
    expect(only(primary.join(1), "request")).toEqual([]);
    const [add] = only(primary.hear({ type: "answer", seq: 2 }), "request");
    expect(add?.request).toMatchObject({
      kind: "add",
      copyId: "B",
      processId: "b1",
      term: 2,
      primary: "a1",
    });
  });

  test("acknowledgements wait for the copy from the request on", () => {
    const primary = leadAlone();
    primary.join(2);
    primary.write("x", 1);
    expect(only(primary.fsync(), "acknowledge")).toEqual([]);
    expect(only(primary.hear({ type: "answer", seq: 3 }), "acknowledge")).toMatchObject([
      { operationId: "x" },
    ]);
  });

  test("after a refusal the primary stops waiting and does not request that process again", () => {
    const primary = leadAlone();
    const [add] = only(primary.join(2), "request");
    primary.write("x", 1);
    primary.fsync();
    const answer = {
      request: add!.request,
      granted: false,
      reason: "its process is gone",
      killed: [],
    };
    const actions = primary.play({ type: "answered", answer });
    expect(only(actions, "acknowledge")).toMatchObject([{ operationId: "x" }]);
    expect(only(actions, "request")).toEqual([]);
  });

  test("an added copy is informed and enters the read rotation with every acknowledged write in its state", () => {
    const primary = leadAlone();
    const [add] = only(primary.join(2), "request");
    const answer = { request: add!.request, granted: true, reason: "", killed: [] };
    expect(sent(primary.play({ type: "answered", answer }))).toMatchObject([{ type: "joined" }]);
    const copy = new TestCopy().start();
    copy.take({ type: "greet", inSync: false });
    copy.take({ type: "append", previous: { seq: 0, term: 0 }, records: [] });
    expect(copy.take({ type: "joined" })).toEqual([{ type: "rotation", serving: true }]);
  });

  test("a copy whose log does not fit during its addition is struck like a member, not restored", () => {
    const primary = leadAlone();
    const [add] = only(primary.join(2), "request");
    expect(sent(primary.hear({ type: "mismatch", seq: 2 }))).toEqual([]);
    const answer = { request: add!.request, granted: true, reason: "", killed: [] };
    expect(only(primary.play({ type: "answered", answer }), "request")[0]?.request.kind).toBe(
      "strike",
    );
  });
});

describe("rule 21: only a copy outside the set discards records", () => {
  test("a copy restores the named snapshot without answering meanwhile, and then reports its position", () => {
    const copy = new TestCopy({ records: makeRecords(2, 1) }).start();
    copy.take({ type: "greet", term: 2, inSync: false });
    copy.fsync();
    const mark = { seq: 1, term: 1 };
    expect(copy.take({ type: "restore", term: 2, stream: 2, mark })).toEqual([
      { type: "restore", from: "p1", mark },
    ]);
    expect(copy.copy.isRestoring).toBe(true);
    expect(
      copy.play({ type: "fsynced", position: { seq: 2, term: 1 } }),
      "of the log before",
    ).toEqual([]);
    const snapshot = { ...mark, bytes: 10, loadMs: 5 };
    const restored = copy.play({
      type: "restored",
      snapshot,
      operations: [{ ...makeRecords(1)[0]! }],
    });
    expect(sent(restored)).toMatchObject([{ type: "position", last: mark }]);
    expect(copy.copy.position).toEqual(mark);
    expect(copy.copy.operationsAt(1)).toMatchObject([{ operationId: "w1", seq: 1 }]);
  });

  test("a restore begins another stream, so that earlier answers do not count and the copy is restored once", () => {
    const primary = new TestCopy({ records: makeRecords(2) }).start();
    primary.lead(2, ["A"], [{ copyId: "B", processId: "b1" }]);
    primary.join(0);
    expect(sent(primary.hear({ type: "mismatch", seq: 1 }))).toMatchObject([
      { type: "restore", stream: 2 },
    ]);
    expect(primary.hear({ type: "mismatch", seq: 2 })).toEqual([]);
    expect(primary.hear({ type: "position", last: { seq: 2, term: 1 }, damage: "none" })).toEqual(
      [],
    );
    const restored = primary.hear({
      type: "position",
      stream: 2,
      last: { seq: 0, term: 0 },
      damage: "none",
    });
    expect(sent(restored)).toMatchObject([{ type: "append", stream: 2, records: { length: 2 } }]);
  });

  test("a restore that fails ends the process", () => {
    const copy = new TestCopy().start();
    copy.take({ type: "greet", inSync: false });
    copy.fsync();
    copy.take({ type: "restore", stream: 2, mark: { seq: 0, term: 0 } });
    expect(typesOf(copy.play({ type: "restoreFailed", reason: "gone" }))).toEqual(["die"]);
  });
});

describe("rule 22: snapshots are taken between writes, count at the checkpoint, and trim the log", () => {
  const SLOW = { outcome: { kind: "done" }, elapsedMs: 1_000 } as const;

  /** A lone primary that ran two writes of a second each: a snapshot is due. */
  function leadDue(): { primary: TestCopy; actions: readonly CopyAction<string>[] } {
    const primary = new TestCopy().start();
    primary.lead(1);
    let actions: readonly CopyAction<string>[] = [];
    for (const [index, operationId] of ["x", "y"].entries()) {
      primary.play(makeWrite(operationId, index));
      actions = primary.play({ type: "ran", operationId, ...SLOW });
    }
    return { primary, actions };
  }

  test("a lone copy makes its writers wait", () => {
    const { primary, actions } = leadDue();
    expect(only(actions, "snapshot")).toEqual([{ type: "snapshot", mark: { seq: 2, term: 1 } }]);
    expect(only(primary.play(makeWrite("z", 3)), "run")).toEqual([]);
    const taken = primary.play({
      type: "snapshotTaken",
      snapshot: { seq: 2, term: 1, bytes: 10, loadMs: 0 },
    });
    expect(only(taken, "run")).toMatchObject([{ operationId: "z" }]);
  });

  test("a snapshot is renamed when the checkpoint has reached its number", () => {
    const { primary } = leadDue();
    const snapshot = { seq: 2, term: 1, bytes: 10, loadMs: 0 };
    expect(only(primary.play({ type: "snapshotTaken", snapshot }), "countSnapshot")).toEqual([]);
    expect(only(primary.fsync(), "countSnapshot")).toEqual([
      { type: "countSnapshot", mark: { seq: 2, term: 1 } },
    ]);
  });

  test("the log is trimmed to the older of two snapshots", () => {
    const first = { seq: 1, term: 1, bytes: 10, loadMs: 0 };
    const copy = new TestCopy({ records: makeRecords(3), snapshots: [first] }).start();
    copy.take({ type: "greet", inSync: true });
    copy.take({ type: "append", previous: { seq: 3, term: 1 }, records: [], checkpoint: 3 });
    copy.take({ type: "takeSnapshot" });
    const second = { seq: 3, term: 1, bytes: 10, loadMs: 0 };
    copy.play({ type: "snapshotTaken", snapshot: second });
    const counted = copy.play({ type: "snapshotCounted", snapshot: second });
    expect(only(counted, "trimLog")).toEqual([{ type: "trimLog", below: 2 }]);
    expect(copy.copy.snapshots).toEqual([second, first]);
  });

  test("a copy at its snapshot leaves the rotation first, answers after the fsync, and returns when it has applied", () => {
    const copy = follow();
    copy.take({
      type: "append",
      previous: { seq: 0, term: 0 },
      records: makeRecords(1),
      checkpoint: 1,
    });
    copy.fsync();
    copy.apply(1);
    expect(copy.copy.isServing).toBe(true);
    expect(typesOf(copy.take({ type: "takeSnapshot" }))).toEqual(["send", "snapshot", "rotation"]);
    copy.take({
      type: "append",
      previous: { seq: 1, term: 1 },
      records: makeRecords(1, 1, 2),
      checkpoint: 1,
    });
    expect(sent(copy.fsync()), "not applied, but on disk").toMatchObject([
      { type: "answer", seq: 2 },
    ]);
    copy.take({ type: "append", previous: { seq: 2, term: 1 }, records: [], checkpoint: 2 });
    copy.play({ type: "snapshotTaken", snapshot: { seq: 1, term: 1, bytes: 10, loadMs: 0 } });
    expect(copy.copy.isServing, "acknowledged is 2, applied is 1").toBe(false);
    copy.apply(2);
    expect(copy.copy.isServing).toBe(true);
  });

  test("a copy that has answered for more than it has applied reports each record until it answers again", () => {
    const copy = new TestCopy({ records: makeRecords(1) }).start();
    copy.take({ type: "greet", inSync: true });
    copy.fsync();
    copy.take({ type: "append", previous: { seq: 1, term: 1 }, records: [] });
    copy.take({ type: "takeSnapshot" });
    copy.take({ type: "append", previous: { seq: 1, term: 1 }, records: makeRecords(3, 1, 2) });
    expect(sent(copy.fsync()), "at its snapshot it answers after the fsync").toMatchObject([
      { type: "answer", seq: 4 },
    ]);
    copy.play({ type: "snapshotTaken", snapshot: { seq: 1, term: 1, bytes: 10, loadMs: 0 } });
    expect(sent(copy.apply(2))).toMatchObject([{ type: "progress", applied: 2 }]);
    expect(sent(copy.apply(3))).toMatchObject([{ type: "progress", applied: 3 }]);
    expect(sent(copy.apply(4)), "all it has answered for is applied: nothing is owed").toEqual([]);
  });

  test("a primary gives other members the turn, one at a time, and fetches their snapshot", () => {
    const primary = leadPair();
    for (const operationId of ["x", "y"]) {
      primary.play(makeWrite(operationId, 1));
      primary.play({ type: "ran", operationId, ...SLOW });
    }
    primary.fsync();
    const turn = primary.hear({ type: "answer", seq: 2 });
    expect(only(turn, "snapshot"), "it does not stop for one itself").toEqual([]);
    primary.hear({ type: "answer", seq: 2, snapshotting: true });
    const snapshot = { seq: 2, term: 1, bytes: 10, loadMs: 0 };
    const done = primary.hear({ type: "answer", seq: 2, snapshotting: false, snapshot });
    expect(only(done, "fetchSnapshot")).toEqual([
      { type: "fetchSnapshot", from: "b1", mark: { seq: 2, term: 1 } },
    ]);
  });
});

describe("rule 23: a message about an older process or stream of a copy is dropped", () => {
  function replaceProcess(primary: TestCopy): void {
    const live = [{ copyId: "B", processId: "b2" }];
    primary.play({ type: "members", term: 1, revision: 2, live, replicas: 2 });
  }

  test("a position of the earlier process does not count for the new one", () => {
    const primary = leadPair();
    replaceProcess(primary);
    expect(
      primary.hear({ type: "position", last: { seq: 0, term: 0 }, damage: "none" }, "b1"),
    ).toEqual([]);
    expect(primary.copy.isAcceptingWrites).toBe(false);
  });

  test("an announcement older than the last one is dropped", () => {
    const primary = leadPair();
    replaceProcess(primary);
    expect(primary.play({ type: "members", term: 1, revision: 1, live: [], replicas: 2 })).toEqual(
      [],
    );
  });

  test("after a strike of the earlier process, the new one catches up outside the set", () => {
    const primary = leadPair();
    const [strike] = only(
      primary.play({ type: "members", term: 1, revision: 2, live: [], replicas: 2 }),
      "request",
    );
    const live = [{ copyId: "B", processId: "b2" }];
    primary.play({ type: "members", term: 1, revision: 3, live, replicas: 2 });
    primary.join(0, 1, "b2", 2);
    const answer = { request: strike!.request, granted: true, reason: "", killed: ["b1"] };
    const [add] = only(primary.play({ type: "answered", answer }), "request");
    expect(add?.request).toMatchObject({ kind: "add", processId: "b2" });
  });
});

describe("a removed copy", () => {
  const live = [{ copyId: "B", processId: "b1" }];
  const announce = { type: "members", term: 1, revision: 2, live, replicas: 1 } as const;

  test("is struck although it lives, and writes wait for the answer", () => {
    const primary = leadPair();
    primary.join(0);
    const requests = only(primary.play({ ...announce, leaving: ["B"] }), "request");
    expect(requests.map(({ request }) => request)).toMatchObject([
      { kind: "strike", copyId: "B", processId: "b1", reason: "it is removed" },
    ]);
    expect(primary.copy.isAcceptingWrites).toBe(false);
  });

  test("is not added to the set", () => {
    const primary = leadPair();
    const [strike] = only(primary.play({ ...announce, live: [] }), "request");
    primary.play({ ...announce, revision: 3, leaving: ["B"] });
    primary.join(0, 1, "b1", 2);
    const answer = { request: strike!.request, granted: true, reason: "", killed: [] };
    expect(only(primary.play({ type: "answered", answer }), "request")).toEqual([]);
  });
});

describe("a stream is bounded", () => {
  test("no more than 1,000 records are under way to a copy", () => {
    const primary = new TestCopy({ records: makeRecords(1_500) }).start();
    primary.lead(2, ["A", "B"], [{ copyId: "B", processId: "b1" }]);
    const [first] = sent(primary.join(0));
    expect(first).toMatchObject({ type: "append", records: { length: 1_000 } });
    const [second] = sent(primary.hear({ type: "answer", seq: 100 }));
    expect(second).toMatchObject({
      type: "append",
      previous: { seq: 1_000 },
      records: { length: 100 },
    });
  });
});
