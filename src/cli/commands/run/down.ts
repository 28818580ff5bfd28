import { JflowError } from "../../../util/errors.ts";
import { identifyProcess } from "../../../util/process/process-identity.ts";
import { waitForExit } from "../../../util/process/wait-for-exit.ts";
import { waitAtMost } from "../../../util/wait-at-most.ts";
import { ControlClient } from "../../../wire/control/control-client.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { findRunningFlow, type FoundFlow } from "../../flows/running-flows.ts";
import { DOWN_GRACE_MS } from "../../../util/limits/clients.ts";

/**
 * `jflow down [flow.yml]`: drains and stops a flow, and returns when its supervisor has ended.
 * Exits with 0 if the flow is not running.
 */
export async function down(
  context: CommandContext,
  options: { name?: string; timeout: number },
  file?: string,
): Promise<number> {
  const flow = await findRunningFlow(context.terminal, { file, name: options.name }, "change");
  if (flow === undefined) {
    printNotice(context, `${options.name ?? file ?? "the flow"} is not running`);
    return EXIT.ok;
  }
  await stopFlow(flow, options.timeout);
  printNotice(
    context,
    `flow "${flow.name}" stopped${options.name === undefined ? "" : `: ${flow.file}`}`,
  );
  return EXIT.ok;
}

/**
 * Stops the flow and waits until the process of the supervisor has ended. Throws `NOT_READY` if it
 * does not end in time.
 */
async function stopFlow(flow: FoundFlow, timeoutMs: number): Promise<void> {
  const supervisor = identifyProcess(flow.pid);
  const deadline = performance.now() + timeoutMs + DOWN_GRACE_MS;
  const control = new ControlClient(flow.socket);
  try {
    const watch = control.watch({ events: ["stopped"], holds: false });
    const ended = new Promise<void>((resolve) => watch.onClosed(() => resolve()));
    await askSupervisor(
      flow.socket,
      { ask: "down", timeoutMs },
      "lines",
      timeoutMs + DOWN_GRACE_MS,
    );
    await waitAtMost(ended, deadline - performance.now());
  } finally {
    control.close();
  }
  // The supervisor ends its streams first and exits a moment later.
  const alive = await waitForExit([supervisor], deadline - performance.now());
  if (alive.length > 0)
    throw new JflowError(
      "NOT_READY",
      `flow "${flow.name}" did not stop in time: end it with kill -9 ${flow.pid}`,
    );
}
