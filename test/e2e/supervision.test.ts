import { afterAll, beforeAll, expect, test } from "vitest";
import type { JournalEvent } from "../../src/model/control/events.ts";
import type { ReplicaStatus } from "../../src/model/control/status.ts";
import { LiveFlow } from "../rig/live-flow.ts";
import { eventually } from "../rig/rig.ts";

/** Hangs once, in the first process that is asked to. */
const HANG = `import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Executor, type DocumentArray } from "jflow";
export class Hang extends Executor {
  static override readonly requests = { "/hang": "hang", "/tell": "tell", "/wait": "wait" };
  hang(docs: DocumentArray): void {
    const isHung = existsSync("hung");
    writeFileSync("hung", "");
    while (!isHung) docs.length;
  }
  tell(docs: DocumentArray): void { for (const doc of docs) doc.tags = { replica: this.replica }; }
  async wait(): Promise<void> { await sleep(4000); }
}
`;
/** Serves once, and ends at each further start. */
const CRASH = `import { existsSync, writeFileSync } from "node:fs";
import { Executor } from "jflow";
export class Crash extends Executor {
  static override readonly requests = { "/crash": "crash" };
  load(): void {
    if (existsSync("crashed")) throw new Error("the model is damaged");
  }
  crash(): void { writeFileSync("crashed", ""); process.exit(3); }
}
`;
/** The first replica keeps 20 MB of each request, up to 280 MB. */
const LEAK = `import { Executor } from "jflow";
const kept: Buffer[] = [];
export class Leak extends Executor {
  static override readonly requests = { "/leak": "leak" };
  leak(): void { if (this.replica === 0 && kept.length < 14) kept.push(Buffer.alloc(20_000_000, 1)); }
}
`;
/** Takes a second for each request, and handles one at a time. */
const SLOW = `import { setTimeout as sleep } from "node:timers/promises";
import { Executor } from "jflow";
export class Slow extends Executor {
  static override readonly requests = { "/slow": "slow" };
  async slow(): Promise<void> { await sleep(1000); }
}
`;
const FLOW = `jtype: Flow
with: { protocol: http, port: 0 }
executors:
  - name: hang
    uses: ./hang.ts
    replicas: 2
    liveness: { period: 1s, timeout: 1s, failure_threshold: 2 }
  - name: crash
    uses: ./crash.ts
    retries: 0
    restart: { max_restarts: 2 }
  - name: leak
    uses: ./leak.ts
    replicas: 2
    memory_limit: 256Mi
  - name: slow
    uses: ./slow.ts
    max_in_flight: 1
    autoscale: { max: 3, target_in_flight: 1, up_delay: 3s, down_delay: 3s }
`;

const LONG = { timeout: 60_000 };

let flow: LiveFlow;
beforeAll(async () => {
  flow = LiveFlow.prepare(FLOW);
  flow.rig.write("hang.ts", HANG);
  flow.rig.write("crash.ts", CRASH);
  flow.rig.write("leak.ts", LEAK);
  flow.rig.write("slow.ts", SLOW);
  await flow.up();
  await flow.whenHealth("green");
}, 60_000);
afterAll(async () => flow[Symbol.asyncDispose]());

/** The events of a replica or deployment, the oldest first. */
async function eventsOf(subject: string): Promise<readonly JournalEvent[]> {
  const answer = await flow.ask({ ask: "events" });
  if (!answer.ok || !("events" in answer)) throw new Error("no events");
  return answer.events.filter((event) => event.subject === subject);
}

async function rowsOf(executor: string): Promise<readonly ReplicaStatus[]> {
  return (await flow.status()).replicas.filter((row) => row.executor === executor);
}

test(
  "a request that waits longer than liveness allows does not end its replica",
  LONG,
  async () => {
    const [, , ...answers] = await Promise.all([
      flow.must("/wait", [{ id: "a" }]),
      flow.must("/wait", [{ id: "b" }]),
      flow.must("/tell", [{ id: "c" }]),
    ]);
    expect(answers).toHaveLength(1);
    expect((await rowsOf("hang")).map(({ restarts }) => restarts)).toEqual([0, 0]);
  },
);

test(
  "a replica that hangs is replaced while its peer serves, and no request fails",
  LONG,
  async () => {
    const before = await rowsOf("hang");
    const hung = flow.post("/hang", [{ id: "h" }]);
    const killed = await eventually("the replica that hangs is found", async () => {
      expect((await flow.post("/tell", [{ id: "t" }])).why).toBe("");
      for (const { address } of before) {
        const found = (await eventsOf(address)).find(({ kind }) => kind === "killed");
        if (found !== undefined) return found;
      }
      return undefined;
    });
    expect(killed.reason).toBe("no answer to a liveness probe within 1 s, 2 times in a row");
    // The request is sent to the peer, where it does not hang.
    expect((await hung).ok).toBe(true);
    const after = await eventually("both replicas are ready", async () => {
      const rows = await rowsOf("hang");
      return rows.every(({ ready }) => ready) && rows;
    });
    const other = (rows: readonly ReplicaStatus[]): ReplicaStatus =>
      rows.find(({ address }) => address !== killed.subject)!;
    expect(other(after)).toMatchObject({ pid: other(before).pid, restarts: 0 });
    const kinds = (await eventsOf(killed.subject)).map(({ kind }) => kind);
    expect(kinds.slice(-5)).toEqual(["unhealthy", "killed", "restarting", "started", "ready"]);
  },
);

test(
  "a crash loop has growing waits and ends as failed, with the last error in ps",
  LONG,
  async () => {
    await flow.post("/crash", [{ id: "c" }]);
    const events = await eventually("the replica is failed", async () => {
      const all = await eventsOf("crash/0/0");
      return all.some(({ kind }) => kind === "failed") && all;
    });
    const waits = events.flatMap((event) => (event.kind === "restarting" ? [event.delayMs] : []));
    expect(waits).toHaveLength(2);
    expect(Math.abs(waits[0]! - 500)).toBeLessThanOrEqual(100);
    expect(Math.abs(waits[1]! - 1_000)).toBeLessThanOrEqual(200);
    expect(events.filter(({ kind }) => kind === "exited").at(-1)!.text).toContain(
      "the model is damaged",
    );
    const { stderr } = await flow.rig.jflow(["ps"]);
    expect(stderr).toContain("! crash/0/0: failed: ");
    expect(stderr).toContain("the model is damaged");
  },
);

test(
  "a replica above its memory_limit is replaced after a drain, and no request fails",
  LONG,
  async () => {
    const before = await rowsOf("leak");
    const restarted = await eventually("the leak is found", async () => {
      expect((await flow.post("/leak", [{ id: "l" }])).why).toBe("");
      const [over] = (await eventsOf("leak/0/0")).filter(({ kind }) => kind === "over_memory");
      return over;
    });
    expect(restarted).toMatchObject({ kind: "over_memory", limitBytes: 256 * 1024 ** 2 });
    const [leaking, other] = await eventually("another process serves", async () => {
      expect((await flow.post("/leak", [{ id: "l" }])).why).toBe("");
      const rows = await rowsOf("leak");
      const isReplaced = rows.length === 2 && rows[0]!.pid !== before[0]!.pid;
      return isReplaced && rows.every(({ ready }) => ready) && rows;
    });
    expect(other!.pid).toBe(before[1]!.pid);
    expect(leaking).toMatchObject({ restarts: 0, lastExit: { code: 0, reason: restarted.reason } });
    expect(restarted.reason).toMatch(/^uses \d+Mi, above its memory_limit of 256Mi$/);
  },
);

test(
  "the number of replicas follows the load up and down, and no request fails",
  LONG,
  async () => {
    const slow = async (): Promise<readonly ReplicaStatus[]> => rowsOf("slow");
    expect(await slow()).toHaveLength(1);
    const load = new AbortController();
    const failures: string[] = [];
    const callers = Array.from({ length: 4 }, async () => {
      while (!load.signal.aborted) {
        const { ok, why } = await flow.post("/slow", [{ id: "s" }]);
        if (!ok) failures.push(why);
      }
    });
    await eventually("three replicas are ready", async () => {
      const rows = await slow();
      return rows.length === 3 && rows.every(({ ready }) => ready);
    });
    const refused = await flow.rig.jflow(["scale", "slow=4"]);
    expect(refused.stderr).toContain("autoscale of slow allows 1 to 3 replicas");
    load.abort();
    await Promise.all(callers);
    await eventually("one replica is left", async () => (await slow()).length === 1);
    expect(failures).toEqual([]);
    const scaled = (await eventsOf("slow")).flatMap((event) =>
      event.kind === "autoscale" ? [event] : [],
    );
    expect(scaled[0]).toMatchObject({ from: 1 });
    expect(scaled.at(-1)).toMatchObject({ to: 1 });
    expect(scaled[0]!.reason).toMatch(/^1 call in flight and [1-3] queued, target_in_flight 1$/);
  },
);

test(
  "an unchanged flow file leaves the number of an autoscaled executor as it is",
  LONG,
  async () => {
    await flow.rig.ok(["scale", "slow=2"]);
    const { stdout } = await flow.rig.jflow(["up", "--dry-run"]);
    expect(stdout).not.toContain("slow");
    await eventually(
      "the load asks for one again",
      async () => (await rowsOf("slow")).length === 1,
    );
  },
);
