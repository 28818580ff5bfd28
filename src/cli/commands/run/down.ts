import { setTimeout as sleep } from "node:timers/promises";
import { JflowError } from "../../../util/errors.ts";
import { identifyProcess, isAlive } from "../../../util/process/process-identity.ts";
import { askSocket } from "../../flows/ask-supervisor.ts";
import { tell, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { findRunningFlow, type FoundFlow } from "../../flows/running-flows.ts";

/**
 * How much longer than its own time-out a stop may take before `down` says that it did not work.
 */
const GRACE_MS = 15_000;
const LOOK_EVERY_MS = 20;

/**
 * `jflow down [flow.yml]`: drains, stops, and returns when the supervisor is gone. Of a flow that
 * does not run: says so, exit 0.
 */
export async function down(
  context: CommandContext,
  options: { name?: string; timeout: number },
  file?: string,
): Promise<number> {
  const flow = await findRunningFlow(context.terminal, { file, name: options.name });
  if (flow === undefined) {
    tell(context, `${options.name ?? file ?? "the flow"} is not running`);
    return EXIT.ok;
  }
  await stopFlow(flow, options.timeout);
  tell(context, `${flow.name} stopped`);
  return EXIT.ok;
}

/**
 * Asks for the stop and waits until the supervisor's process is gone. Throws `NOT_READY` where it
 * does not go.
 */
async function stopFlow(flow: FoundFlow, timeoutMs: number): Promise<void> {
  const supervisor = identifyProcess(flow.pid);
  const deadline = performance.now() + timeoutMs + GRACE_MS;
  await askSocket(flow.socket, { ask: "down", timeoutMs }, "lines", timeoutMs + GRACE_MS);
  while (isAlive(supervisor)) {
    if (performance.now() > deadline)
      throw new JflowError(
        "NOT_READY",
        `${flow.name} did not stop in time: its supervisor is pid ${flow.pid}`,
      );
    await sleep(LOOK_EVERY_MS);
  }
}
