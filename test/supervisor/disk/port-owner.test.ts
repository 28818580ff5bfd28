import { once } from "node:events";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describePortOwner, parseSocketTable } from "../../../src/supervisor/disk/port-owner.ts";
import { identifyProcess } from "../../../src/util/process/process-identity.ts";

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31337 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 31338 1 0000000000000000 20 4 30 10 -1
`;

test("ports of /proc/net/tcp are hexadecimal, and state 0A means listening", () => {
  expect(parseSocketTable(TABLE)).toEqual([
    { port: 8080, isListening: true, inode: "31337" },
    { port: 8080, isListening: false, inode: "31338" },
  ]);
});

describe.runIf(process.platform === "linux")("on Linux", () => {
  test("the owner of a port is named by its pid and command, or by its flow", async () => {
    const root = await mkdtemp(join(tmpdir(), "jflow-port-"));
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    expect(await describePortOwner(port, root)).toContain(`pid ${process.pid} (`);

    const flow = {
      id: "abcd1234",
      name: "search",
      file: "/p/flow.yml",
      pid: 1,
      version: "0.1.0",
      startedAt: "",
    };
    await mkdir(join(root, "abcd1234"));
    await writeFile(join(root, "abcd1234", "flow.json"), JSON.stringify(flow));
    await writeFile(
      join(root, "abcd1234", "flow.json"),
      JSON.stringify({ ...flow, pid: process.pid }),
    );
    const named = 'flow "search" in /p/flow.yml (stop it with jflow down /p/flow.yml)';
    expect(await describePortOwner(port, root), "the supervisor has the port").toBe(named);

    await writeFile(join(root, "abcd1234", "flow.json"), JSON.stringify(flow));
    const child = { ...identifyProcess(process.pid), address: "gateway/0/0", processId: "p" };
    await writeFile(join(root, "abcd1234", "children.json"), JSON.stringify([child]));
    expect(await describePortOwner(port, root)).toBe(named);

    server.close();
    await once(server, "close");
    expect(await describePortOwner(port, root)).toBeUndefined();
    await rm(root, { recursive: true });
  });
});
