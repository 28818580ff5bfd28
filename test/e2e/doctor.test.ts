import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { Rig } from "../rig/rig.ts";

test("doctor names a taken port, a mistake in the flow file, and what mends them", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const flow = (uses: string): string =>
    `jtype: Flow\nwith: { port: ${port}, host: 127.0.0.1 }\nexecutors:\n  - { name: a, uses: ${uses} }\n`;
  await using rig = new Rig(flow("BaseExecutor"));
  const taken = await rig.jflow(["doctor"]);
  expect(taken.code, taken.stdout).toBe(1);
  expect(taken.stdout).toContain(`port ${port} (grpc) is taken`);
  server.close();
  await once(server, "close");

  const fine = await rig.jflow(["doctor", "-o", "json"]);
  const { findings } = JSON.parse(fine.stdout) as { findings: { check: string; level: string }[] };
  expect(findings.filter(({ check }) => check === "port").map(({ level }) => level)).toEqual([
    "ok",
  ]);
  expect(fine.code).toBe(0);

  rig.write("flow.yml", flow("BaseExecuter"));
  const broken = await rig.jflow(["doctor"]);
  expect([broken.code, broken.stdout]).toEqual([1, expect.stringContaining("BaseExecutor")]);
});
