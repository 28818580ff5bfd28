import { rmSync } from "node:fs";
import { expect, test, vi } from "vitest";
import { flowPaths } from "../../../src/model/paths.ts";
import { LiveFlow, notesFlow } from "../../rig/live-flow.ts";
import { Traffic } from "../../rig/traffic.ts";
import { eventually, isAlive } from "../../rig/rig.ts";

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

test.concurrent("G17: the next up serves acknowledged writes that only a copy beyond the flow file holds", async () => {
  await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 1 }));
  await flow.rig.ok(["scale", "notes=2"]);
  await flow.rig.ok(["stop", "notes/0/0"]);
  await flow.must("/index", [{ id: "a", text: "only on notes/0/1" }]);
  await flow.killSupervisor();
  // A supervisor that dies in the middle of a restart or a scale has not saved its plan.
  rmSync(flowPaths(flow.file).planFile);
  const { code, stderr } = await flow.rig.jflow(["up", "-d"]);
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("so notes/0/1 runs until a planned copy has caught up");
  await flow.findGateway();
  const { docs } = await flow.must("/get", [{ id: "a" }]);
  expect(docs.map(({ text }) => text)).toEqual(["only on notes/0/1"]);
  await flow.expectEqualCopies();
  const { replicas } = await flow.status();
  expect(replicas.map(({ address }) => address)).toEqual(["gateway/0/0", "notes/0/0"]);
  expect((await flow.must("/get", [{ id: "a" }])).docs).toHaveLength(1);
});

test("G17: the next up completes or undoes a change in whose middle the supervisor was killed", async () => {
  const text = notesFlow({ shards: 1, replicas: 2 });
  await using flow = await LiveFlow.start(text);
  const traffic = new Traffic(flow, { writers: 3, readers: 0, seed: 41 });
  const changes = [
    { args: ["scale", "notes=3"], replicas: [2, 3] },
    { args: ["restart"], replicas: [2, 3] },
    { args: ["scale", "notes=1"], replicas: [1, 2, 3] },
    { args: ["up", "-d"], replicas: [2] },
  ];
  for (const { args, replicas } of changes) {
    if (args[0] === "up") flow.rig.write("flow.yml", `${text}    env: { SHADE: blue }\n`);
    traffic.begin();
    await traffic.untilMore(20);
    const change = flow.rig.start(args);
    await eventually(`the first step of jflow ${args.join(" ")}`, async () =>
      /(?:starts|replaces|removes) notes/.test(change.output()),
    );
    await flow.killSupervisor();
    const { code, stderr } = await change.finished;
    expect([code, stderr]).toEqual([1, expect.stringContaining("the supervisor ended")]);
    await traffic.stop();
    await flow.up();
    await flow.expectEqualCopies();
    const copies = (await flow.shards()).filter(({ executor }) => executor === "notes");
    expect(replicas, args.join(" ")).toContain(copies.length);
    await traffic.expectNothingLost();
  }
});
