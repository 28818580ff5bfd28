import { renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LiveFlow } from "../../rig/live-flow.ts";
import { RawCallers } from "../../rig/raw-callers.ts";
import { eventually } from "../../rig/rig.ts";

const SHOUT = `import { Executor, type DocumentArray } from "jflow";
export class Shout extends Executor {
  static override readonly requests = { "/index": "shout" };
  shout(docs: DocumentArray): void { for (const doc of docs) doc.tags = { ...doc.tags, loud: true }; }
}
`;
const FLOW = `jtype: Flow
with: { protocol: [grpc, http], port: [0, 0] }
executors:
  - { name: shout, uses: ./shout.ts, replicas: 2 }
  - { name: notes, uses: ./notebook.ts, shards: 2, replicas: 2 }
`;

const LONG = { timeout: 120_000 };

let flow: LiveFlow;
beforeAll(async () => {
  flow = LiveFlow.prepare(FLOW);
  flow.rig.write("shout.ts", SHOUT);
  await flow.up();
  await flow.whenHealth("green");
}, 60_000);
afterAll(async () => flow[Symbol.asyncDispose]());

/** The processes of the flow, the gateway first. */
async function pids(): Promise<readonly (number | null)[]> {
  return (await flow.status()).replicas.map(({ pid }) => pid);
}

/** Runs a change of the flow among twenty callers. Expects no failed request and no lost write. */
async function among(change: () => Promise<void>): Promise<void> {
  await using callers = await RawCallers.begin(flow, 20);
  await callers.more(200);
  await change();
  await callers.more(200);
  await callers.stop();
  expect(callers.problems.slice(0, 5), flow.output(60)).toEqual([]);
  expect(await callers.findLost()).toEqual([]);
  await flow.expectEqualCopies();
}

test("G14: scaling executors up and down fails no request and loses no write", LONG, async () => {
  await among(async () => {
    await flow.rig.ok(["scale", "shout=4", "notes=3"]);
    await flow.rig.ok(["scale", "shout=1", "notes=1"]);
    await flow.rig.ok(["scale", "shout=2", "notes=2"]);
  });
  expect((await flow.status()).replicas.map(({ address }) => address)).toEqual([
    "gateway/0/0",
    "shout/0/0",
    "shout/0/1",
    "notes/0/0",
    "notes/0/1",
    "notes/1/0",
    "notes/1/1",
  ]);
});

test(
  "G14: a rolling restart of every executor fails no request and loses no write",
  LONG,
  async () => {
    const before = await pids();
    await among(async () => void (await flow.rig.ok(["restart"])));
    const after = await pids();
    expect(after.filter((pid) => before.includes(pid))).toEqual([before[0]]);
  },
);

test(
  "G14: a version that throws in its constructor aborts a restart, and the old one serves",
  LONG,
  async () => {
    const before = await pids();
    flow.rig.write(
      "shout.ts",
      SHOUT.replace(
        "shout(docs",
        `constructor(...args: ConstructorParameters<typeof Executor>) { super(...args); throw new Error("no model"); }\n  shout(docs`,
      ),
    );
    await among(async () => {
      const { code, stderr } = await flow.rig.jflow(["restart", "shout"]);
      expect(code, stderr).toBe(4);
      expect(stderr).toContain("no model");
    });
    expect(await pids()).toEqual(before);
  },
);

test(
  "G14: a version that ends at its first request aborts a restart, and the old one serves",
  LONG,
  async () => {
    const before = await pids();
    flow.rig.write("shout.ts", SHOUT.replace("{ for (const", "{ process.exit(3); for (const"));
    await among(async () => {
      const { code, stderr } = await flow.rig.jflow(["restart", "shout"]);
      expect(code, stderr).toBe(4);
      expect(stderr).toContain("exited with code 3");
    });
    expect(await pids()).toEqual(before);
  },
);

/** An executor that is never ready. */
const SLOW = SHOUT.replace(
  "shout(docs",
  "load(): Promise<void> { return new Promise(() => setInterval(() => undefined, 1000)); }\n  shout(docs",
);

test("G14: a version that is never ready aborts a restart after --timeout", LONG, async () => {
  const before = await pids();
  flow.rig.write("shout.ts", SLOW);
  await among(async () => {
    const { code, stderr } = await flow.rig.jflow(["restart", "shout", "--timeout", "2s"]);
    expect(code, stderr).toBe(4);
    expect(stderr).toContain("not ready within 2 s");
  });
  expect(await pids()).toEqual(before);
  flow.rig.write("shout.ts", SHOUT);
});

/** Waits until the flow has done with the files that were saved after the event `last`. */
async function whenTaken(last: number): Promise<readonly string[]> {
  return eventually(
    "the saved files are taken or refused",
    async () => {
      const answer = await flow.ask({ ask: "events" });
      const events = "events" in answer ? answer.events.filter(({ id }) => id > last) : [];
      const watched = events.filter((event) => event.kind === "watch");
      const isOver =
        watched.some(({ state }) => state !== "taken") ||
        events.some((event) => event.kind === "operation" && event.state === "done");
      return isOver && watched.map(({ text }) => text);
    },
    60_000,
  );
}

async function lastEvent(): Promise<number> {
  const answer = await flow.ask({ ask: "events" });
  return "events" in answer ? answer.events.at(-1)!.id : 0;
}

test(
  "G14: watched files that are saved five times, once broken, fail no request",
  LONG,
  async () => {
    const version = (word: string): string => SHOUT.replace("loud: true", `loud: ${word}`);
    const { folder } = flow.rig;
    const save = async (word: string): Promise<readonly string[]> => {
      const last = await lastEvent();
      flow.rig.write("shout.new", version(word));
      renameSync(join(folder, "shout.new"), join(folder, "shout.ts"));
      return whenTaken(last);
    };
    const loud = async (): Promise<unknown> =>
      (await flow.must("/index", [{ id: "loud", text: "loud" }])).docs[0]?.tags?.["loud"];
    const begun = await lastEvent();
    await flow.rig.ok(["up", "-d", "--watch"]);
    expect(await whenTaken(begun)).toEqual(["3 files are watched"]);
    const before = await pids();
    await among(async () => {
      for (const word of [1, 2]) {
        expect(await save(`${word}`)).toEqual(["shout.ts saved: ~ shout: code changed, rolling"]);
        expect(await loud()).toBe(word);
      }
      const [refused] = await save("");
      expect(refused).toMatch(/^shout\.ts saved: [^]*\/shout\.ts:4:\d+: error: Unexpected "}"/);
      expect(await loud()).toBe(2);
      for (const word of [3, 4]) {
        await save(`${word}`);
        expect(await loud()).toBe(word);
      }
    });
    const after = await pids();
    expect(
      before.filter((pid) => after.includes(pid)),
      "only shout is replaced",
    ).toHaveLength(5);
    const ended = await lastEvent();
    flow.rig.write("shout.ts", SHOUT);
    expect(await whenTaken(ended)).toEqual(["shout.ts saved: ~ shout: code changed, rolling"]);
    await flow.rig.ok(["up", "-d", "--no-watch"]);
    expect(await whenTaken(ended)).toContain("files are not watched any more");
  },
);

test("G14: jflow cancel ends a change, and the earlier processes serve", LONG, async () => {
  const before = await pids();
  flow.rig.write("shout.ts", SLOW);
  await among(async () => {
    const change = flow.rig.start(["restart", "shout"]);
    await eventually("the first step", async () => change.output().includes("starts shout/0/2"));
    const refused = await flow.rig.jflow(["scale", "shout=5"]);
    expect(refused.stderr).toMatch(/still changes shout: wait .* or run jflow cancel \d+/);
    const { code, stderr } = await flow.rig.jflow(["cancel"]);
    expect([code, stderr]).toEqual([0, expect.stringContaining("cancelled by jflow cancel")]);
    expect(stderr).toContain("serving as before: shout/0/0, shout/0/1");
    const { code: ended } = await change.finished;
    expect(ended, change.output()).toBe(4);
  });
  expect(await pids()).toEqual(before);
  flow.rig.write("shout.ts", SHOUT);
  const { code, stderr } = await flow.rig.jflow(["cancel"]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("no operation runs")]);
});

test("G14: an edited flow file is applied without a failed request", LONG, async () => {
  const edited = FLOW.replace("replicas: 2 }", "replicas: 3, env: { LOUD: very } }").replace(
    "shards: 2,",
    "shards: 2, timeout_send: 30s,",
  );
  const before = await pids();
  flow.rig.write("flow.yml", `${edited}  - { name: extra, uses: BaseExecutor }\n`);
  const dry = await flow.rig.jflow(["up", "--dry-run", "--exit-code", "-o", "json"]);
  expect(dry.code, dry.stderr).toBe(1);
  const { changes } = JSON.parse(dry.stdout) as { changes: { text: string }[] };
  expect(changes.map(({ text }) => text)).toEqual([
    "~ shout: env changed, rolling",
    "+ shout/0/2",
    "~ notes: timeout_send changed, in place",
    "+ extra/0/0",
  ]);
  expect(await pids()).toEqual(before);
  await among(async () => void (await flow.rig.ok(["up", "-d"])));
  const after = await pids();
  const kept = before.filter((pid) => after.includes(pid));
  expect([kept.length, after.length], "the gateway and four notes stay").toEqual([5, 9]);
  expect((await flow.rig.jflow(["up", "-d"])).stderr).toContain("runs as its file says");
  await among(async () => {
    flow.rig.write("flow.yml", FLOW);
    await flow.rig.ok(["up", "-d"]);
  });
  expect(await pids()).toHaveLength(7);
});

test("G14: a flow file with a bad version leaves the earlier processes serving", LONG, async () => {
  const before = await pids();
  flow.rig.write("bad.ts", "export class Bad { }\nthrow new Error('no model');\n");
  flow.rig.write("flow.yml", FLOW.replace("./shout.ts", "./bad.ts"));
  await among(async () => {
    const { code, stderr } = await flow.rig.jflow(["up", "-d"]);
    expect(code, stderr).toBe(4);
    expect(stderr).toContain("no model");
  });
  expect(await pids()).toEqual(before);
  flow.rig.write("flow.yml", FLOW);
  expect((await flow.rig.jflow(["up", "-d"])).code).toBe(0);
  expect(await pids()).toEqual(before);
  flow.rig.write("flow.yml", FLOW.replace("shards: 2", "shards: 3"));
  expect((await flow.rig.jflow(["up", "-d"])).stderr).toContain("jflow reshard notes --shards");
  flow.rig.write("flow.yml", FLOW);
});

test(
  "G14: a killed supervisor continues with the scaled numbers until up resets them",
  LONG,
  async () => {
    await flow.rig.ok(["scale", "notes=3"]);
    const { stderr: notices } = await flow.rig.jflow(["ps"]);
    expect(notices, "the file did not change").not.toContain("older values");
    await flow.killSupervisor();
    const { code, stderr } = await flow.rig.jflow(["up", "-d"]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('"notes" continues with 3 replicas, set by jflow scale');
    expect(await pids()).toHaveLength(9);
    const reset = await flow.rig.jflow(["up", "-d"]);
    expect([reset.code, reset.stdout], reset.stderr).toEqual([0, "- notes/0/2\n- notes/1/2\n"]);
    await flow.expectEqualCopies();
  },
);
