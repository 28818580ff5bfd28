import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { askSupervisor } from "../../../src/cli/flows/ask-supervisor.ts";
import { askFileChanges, formatFileChanges } from "../../../src/cli/flows/file-changes.ts";
import type { ControlRequest } from "../../../src/model/control/messages.ts";
import { ControlServer } from "../../../src/wire/control/control-server.ts";

/** Serves a supervisor that answers each request with an internal error. */
async function failing<T>(
  messageOf: (request: ControlRequest) => string,
  use: (socket: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "jflow-older-"));
  const server = await ControlServer.listen(join(folder, "s"), {
    register: () => undefined,
    follow: () => undefined,
    watch: () => undefined,
    ask: async (request) => ({ ok: false, code: "INTERNAL", message: messageOf(request) }),
  });
  try {
    return await use(join(folder, "s"));
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
}

const unreachable = (request: ControlRequest): string => `unreachable: ${JSON.stringify(request)}`;

test("a supervisor without the request is an older one", async () => {
  await failing(unreachable, async (socket) => {
    await expect(askSupervisor(socket, { ask: "health" }, "health")).rejects.toMatchObject({
      code: "UNIMPLEMENTED",
      message: 'the flow runs with an older jflow, which does not have "health"',
    });
    const changes = await askFileChanges(socket);
    expect([changes, formatFileChanges(changes)]).toEqual([
      "unknown",
      ["! the flow runs with an older jflow: jflow down, then jflow up, takes the new one"],
    ]);
  });
});

test("another internal error of a supervisor is reported as one", async () => {
  await failing(
    () => "a defect",
    async (socket) => {
      await expect(askFileChanges(socket)).rejects.toMatchObject({
        code: "INTERNAL",
        message: "a defect",
      });
    },
  );
});
