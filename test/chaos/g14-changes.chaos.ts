import { expect, test } from "vitest";
import { LiveFlow } from "../rig/live-flow.ts";
import { RawCallers } from "../rig/raw-callers.ts";
import { report } from "./figures.ts";

const FLOW = `jtype: Flow
with: { protocol: [grpc, http], port: [0, 0] }
executors:
  - { name: shout, uses: BaseExecutor }
  - { name: notes, uses: ./notebook.ts }
`;

/** Returns the 99th percentile of waits in milliseconds. */
function findP99(waitsMs: readonly number[]): number {
  const sorted = waitsMs.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
}

test("G14: twenty times from 1 to 4 replicas and back, while primaries are killed, a restart, an edited file and a backup fail no request", async () => {
  await using flow = LiveFlow.prepare(FLOW);
  await flow.up();
  await using callers = await RawCallers.begin(flow, 20);
  await callers.more(500);
  const before = findP99(callers.waitsMs.splice(0));
  for (let round = 0; round < 20; round += 1) {
    await flow.rig.ok(["scale", "shout=4", "notes=4"]);
    if (round % 3 === 0) await flow.signal((await flow.primaries())[0]!, "SIGKILL");
    await flow.rig.ok(["scale", "shout=1", "notes=1"]);
  }
  await flow.rig.ok(["restart"]);
  flow.rig.write(
    "flow.yml",
    FLOW.replace("uses: BaseExecutor", "uses: BaseExecutor, env: { A: b }"),
  );
  await flow.rig.ok(["up", "-d"]);
  await flow.rig.ok(["backup", "notes", "saved"]);
  await callers.stop();
  report("G14", {
    requests: callers.requests,
    p99BeforeMs: Math.round(before),
    p99DuringMs: Math.round(findP99(callers.waitsMs)),
  });
  expect(callers.problems.slice(0, 5), flow.output(80)).toEqual([]);
  expect(await callers.findLost()).toEqual([]);
});
