import { expect, test, vi } from "vitest";
import { LiveFlow, notesFlow } from "../../rig/live-flow.ts";
import { Traffic } from "../../rig/traffic.ts";
import { isAlive } from "../../rig/rig.ts";

// Several flows start at once, possibly on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

const rounds = Number(process.env["ROUNDS"] ?? 3);

test.concurrent(
  "G17: all processes end with a killed supervisor, and the next up has every acknowledged write",
  { timeout: 30_000 * rounds },
  async () => {
    await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 2 }));
    const traffic = new Traffic(flow, { writers: 3, readers: 0, seed: 17 });
    for (let round = 1; round <= rounds; round += 1) {
      traffic.begin();
      await traffic.untilMore(40);
      const start = performance.now();
      const children = await flow.killSupervisor();
      expect(children.length, "recorded children: two copies and the gateway").toBe(3);
      expect(performance.now() - start, "G17: milliseconds until no child is left").toBeLessThan(
        2_000,
      );
      await traffic.stop();
      await flow.up();
      await flow.whenHealth("green");
      for (const pid of children)
        expect(await isAlive(pid), `process ${pid} of the earlier run`).toBe(false);
    }
    await traffic.expectNothingLost();
    await flow.expectEqualCopies();
  },
);

test.concurrent("G17: a second up of a running flow starts no second supervisor and changes nothing", async () => {
  await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 1 }));
  const before = await flow.status();
  const second = await flow.rig.jflow(["up", "-d"]);
  expect([second.code, second.stderr]).toEqual([0, expect.stringContaining("as its file says")]);
  const after = await flow.status();
  expect(after.flow.supervisorPid).toBe(before.flow.supervisorPid);
  expect(after.replicas.map(({ pid }) => pid)).toEqual(before.replicas.map(({ pid }) => pid));
  await flow.must("/index", [{ id: "a", text: "a" }]);
});
