import { expect, test, vi } from "vitest";
import { LiveFlow, notesFlow } from "../../rig/live-flow.ts";
import { eventually } from "../../rig/rig.ts";

// Several flows start at once, possibly on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

test("a write that throws has the same outcome on every copy, after a restart, and when repeated", async () => {
  await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 2 }));
  const docs = [
    { id: "kept", text: "before the throw" },
    { id: "bad", text: "throw" },
    { id: "never", text: "after it" },
  ];
  const first = await flow.post("/index", docs, { key: "thrower" });
  expect(first.why).toMatch(/told to throw at bad/);
  expect(
    (await flow.shards()).map(({ inSync }) => inSync),
    "every copy stays in-sync",
  ).toEqual([true, true]);
  await flow.expectEqualCopies();
  await flow.killAll();
  await flow.up();
  await flow.expectEqualCopies();
  const again = await flow.post("/index", docs, { key: "thrower" });
  expect(again.why, "the repeat").toMatch(/told to throw at bad/);
  const { docs: found } = await flow.must("/get", docs);
  expect(found.map(({ id, tags }) => [id, tags?.["writes"]])).toEqual([["kept", 1]]);
});

test.concurrent("a write that ends its process is retried alone and fails after the second exit, and other writes succeed", async () => {
  await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 2 }));
  const [poison, ...others] = await Promise.all([
    flow.post("/index", [{ id: "poison", text: "die" }]),
    ...Array.from({ length: 10 }, (_, i) =>
      flow.post("/index", [{ id: `beside-${i}`, text: "beside it" }]),
    ),
  ]);
  expect(poison.ok).toBe(false);
  expect(poison.why).toMatch(
    /this write probably crashes its executor: the primary of notes died twice while it had the write/,
  );
  expect(
    others.filter(({ ok }) => !ok).map(({ why }) => why),
    "writes that were in flight with it",
  ).toEqual([]);
  await flow.expectEqualCopies();
  const { docs } = await flow.must("/get", [
    { id: "poison" },
    ...others.map((_, i) => ({ id: `beside-${i}` })),
  ]);
  expect(docs.map(({ id, tags }) => [id, tags?.["writes"]])).toEqual(
    others.map((_, i) => [`beside-${i}`, 1]),
  );
});

test.concurrent("a slow write keeps the copy in-sync, and the writes behind it are acknowledged after it", async () => {
  await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 2 }));
  const slow = flow.post("/index", [{ id: "slow", text: "wait:1500" }]);
  const behind = flow.post("/index", [{ id: "behind", text: "quick" }]);
  expect((await Promise.all([slow, behind])).map(({ why }) => why)).toEqual(["", ""]);
  expect((await flow.shards()).map(({ inSync, term }) => [inSync, term])).toEqual([
    [true, 1],
    [true, 1],
  ]);
  await flow.expectEqualCopies();
});

test.concurrent("a write that timed out may be applied later, and a retry with its key applies it once", async () => {
  await using flow = await LiveFlow.start(
    notesFlow({ shards: 1, replicas: 2, more: ["timeout_send: 300"] }),
  );
  const late = await flow.post("/index", [{ id: "late", text: "wait:1000" }], { key: "late" });
  expect({ ok: late.ok, http: late.http }, `it was told: ${late.why}`).toEqual({
    ok: false,
    http: 503,
  });
  await eventually(
    "the late write is visible",
    async () => (await flow.post("/get", [{ id: "late" }])).docs.length === 1,
  );
  // A repeat waits until the first write is acknowledged, and has the same timeout.
  await eventually("a repeat is acknowledged", async () => {
    const again = await flow.post("/index", [{ id: "late", text: "wait:1000" }], { key: "late" });
    return again.ok;
  });
  const { docs } = await flow.must("/get", [{ id: "late" }]);
  expect(docs[0]?.tags?.["writes"], "number of times applied").toBe(1);
  await flow.expectEqualCopies();
});

test.concurrent("a write reports its number of copies, and an error names the shard that did not acknowledge it", async () => {
  await using flow = await LiveFlow.start(
    notesFlow({ shards: 2, replicas: 2, more: ["timeout_send: 2000"] }),
  );
  const docs = Array.from({ length: 8 }, (_, i) => ({ id: `n${i}`, text: "n" }));
  const whole = await flow.must("/index", docs);
  expect(whole.parameters["_shards"]).toEqual({ total: 4, successful: 4, failed: 0 });

  await flow.rig.ok(["stop", "notes/1/1"]);
  const thinner = await flow.must("/index", docs);
  expect(thinner.parameters["_shards"], "one copy of shard 1 is stopped").toMatchObject({
    total: 4,
    successful: 3,
  });

  await flow.rig.ok(["stop", "notes/1/0"]);
  const partial = await flow.post("/index", docs);
  expect({ ok: partial.ok, http: partial.http }).toEqual({ ok: false, http: 503 });
  expect(partial.why, "the error names the shard").toMatch(/shard 1/);
  expect(partial.parameters["_shards"]).toMatchObject({ failed: 1, failures: [{ shard: 1 }] });
});

test("a write with an idempotency-key is applied once across a kill, a restart and a promotion", async () => {
  await using flow = await LiveFlow.start(notesFlow({ shards: 2, replicas: 2 }));
  // The documents have no ids: the front derives them from the key, so that a repeat goes to the
  // same shards.
  const docs = Array.from({ length: 6 }, () => ({ text: "no id of its own" })) as unknown as {
    id: string;
  }[];
  const send = async (): Promise<readonly string[]> =>
    (await flow.must("/index", docs, { key: "once" })).docs.map(({ id }) => id);
  const ids = await send();
  await flow.killAll();
  await flow.up();
  expect(await send(), "after a kill of all processes").toEqual(ids);
  await flow.down();
  await flow.up();
  expect(await send(), "after down and up").toEqual(ids);
  const [primary] = await flow.primaries();
  await flow.signal(primary!, "SIGKILL");
  expect(await send(), "after a promotion").toEqual(ids);
  const found = await flow.must(
    "/get",
    ids.map((id) => ({ id })),
  );
  expect(found.docs.map(({ tags }) => tags?.["writes"])).toEqual([1, 1, 1, 1, 1, 1]);
  await flow.expectEqualCopies();
});
