import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { followOperation } from "../../../src/cli/flows/follow-operation.ts";
import type { CommandContext } from "../../../src/cli/terminal/context.ts";
import type { FlowEvent } from "../../../src/model/control/messages.ts";
import type { OperationState } from "../../../src/model/supervisor.ts";
import { ControlServer, type WatcherChannel } from "../../../src/wire/control/control-server.ts";

const event = (id: number, state: OperationState, text: string): FlowEvent => ({
  type: "operation",
  id,
  kind: "restart",
  deployments: ["indexer"],
  state,
  text,
});

const stderr = new PassThrough();
const context = { name: "jflow", terminal: { stderr } } as unknown as CommandContext;

/** Restarts at a supervisor that begins operation 7. `act` runs before the answer. */
async function restart(
  act: (watcher: WatcherChannel) => void,
): Promise<{ code: number; text: string }> {
  const folder = await mkdtemp(join(tmpdir(), "jflow-operation-"));
  let hasWatcher: (watcher: WatcherChannel) => void = () => undefined;
  const watcher = new Promise<WatcherChannel>((resolve) => (hasWatcher = resolve));
  const server = await ControlServer.listen(join(folder, "s"), {
    register: () => undefined,
    follow: () => undefined,
    watch: (channel) => hasWatcher(channel),
    ask: async () => {
      act(await watcher);
      return { ok: true, operation: 7 };
    },
  });
  try {
    const request = { ask: "restart", addresses: [], allAtOnce: false } as const;
    const code = await followOperation(context, join(folder, "s"), request);
    return { code, text: String((stderr.read() as Buffer | null) ?? "") };
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
}

test.each([
  { state: "done", code: 0 },
  { state: "failed", code: 4 },
  { state: "cancelled", code: 4 },
] as const)("an operation that is $state exits with $code", async ({ state, code }) => {
  const end = await restart((watcher) => {
    watcher.send(event(6, "failed", "of another operation"));
    watcher.send(event(7, "running", "replaces a/0/0"));
    watcher.send(event(7, state, "the end"));
  });
  expect(end).toEqual({ code, text: "replaces a/0/0\nthe end\n" });
});

test("an operation whose supervisor ends exits with 1 and says so", async () => {
  const end = await restart((watcher) => watcher.close());
  expect(end).toEqual({
    code: 1,
    text: "the supervisor ended during the operation: jflow ps shows whether the flow runs\n",
  });
});

test("Ctrl-C ends the command, and the operation continues", async () => {
  const before = process.listenerCount("SIGINT");
  const end = await restart(() => process.emit("SIGINT"));
  expect(process.listenerCount("SIGINT")).toBe(before);
  expect(end.code).toBe(130);
  expect(end.text).toMatch(
    /^\nan operation that has begun continues: jflow cancel cancels it, and jflow ps/,
  );
});
