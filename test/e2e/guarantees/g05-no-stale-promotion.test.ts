import { expect, test } from "vitest";
import { LiveFlow, notesFlow, type Note } from "../../rig/live-flow.ts";
import { eventually } from "../../rig/rig.ts";

const notes = (name: string, count: number): Note[] =>
  Array.from({ length: count }, (_, i) => ({ id: `${name}-${i}`, text: name }));

/**
 * Returns a flow with a shard whose copy `stale` lacks the last 100 acknowledged writes, and whose
 * other copy is stopped.
 */
async function leaveStaleCopy(): Promise<{ flow: LiveFlow; fresh: string; stale: string }> {
  const flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 2 }));
  await flow.must("/index", notes("early", 10));
  const [fresh] = await flow.primaries();
  const [stale] = await flow.followers();
  await flow.rig.ok(["stop", stale!]);
  await flow.must("/index", notes("late", 100));
  await flow.rig.ok(["stop", fresh!]);
  await flow.rig.ok(["start", stale!]);
  await flow.whenHealth("red");
  await eventually("the stale copy runs", async () => {
    const { replicas } = await flow.status();
    return replicas.some(({ address, state }) => address === stale && state === "recovering");
  });
  return { flow, fresh: fresh!, stale: stale! };
}

test.concurrent(
  "G5: a copy that lacks acknowledged writes is never promoted, and the shard is red until the other copy returns",
  { timeout: 60_000 },
  async () => {
    const { flow, fresh, stale } = await leaveStaleCopy();
    await using _ = flow;
    const refused = [
      flow.post("/index", [{ id: "refused", text: "x" }]),
      flow.post("/get", [{ id: "early-1" }]),
    ];
    for (const { ok, http, why } of await Promise.all(refused))
      expect({ ok, http }, `a write, and a read, of a red shard: ${why}`).toEqual({
        ok: false,
        http: 503,
      });
    const explained = await flow.rig.ok(["explain", stale]);
    expect(explained, "explain says what is missing and what to do").toMatch(/in-sync/);
    expect(explained).toMatch(/reroute --allocate-stale/);

    await flow.rig.ok(["start", fresh]);
    await flow.whenHealth("green");
    const { docs } = await flow.must("/get", notes("late", 100));
    expect(docs.length, "acknowledged while the other copy was stopped").toBe(100);
    await flow.expectEqualCopies();
  },
);

test.concurrent(
  "G5: reroute --allocate-stale promotes a stale copy only with --accept-data-loss",
  { timeout: 60_000 },
  async () => {
    const { flow, fresh, stale } = await leaveStaleCopy();
    await using _ = flow;
    const refused = await flow.rig.jflow(["reroute", "--allocate-stale", stale]);
    expect(refused.code, `without the acceptance: ${refused.stderr}`).not.toBe(0);
    expect((await flow.health()).status).toBe("red");

    await flow.rig.ok(["reroute", "--allocate-stale", stale, "--accept-data-loss"]);
    await flow.whenHealth("yellow");
    await flow.must("/index", notes("after", 5));
    await flow.rig.ok(["start", fresh]);
    await flow.expectEqualCopies();
    const { docs } = await flow.must("/get", [
      ...notes("early", 10),
      ...notes("late", 100),
      ...notes("after", 5),
    ]);
    expect(
      docs.map(({ id }) => id).toSorted(),
      "what the allocated copy held, and what came after",
    ).toEqual([...notes("early", 10), ...notes("after", 5)].map(({ id }) => id).toSorted());
  },
);
