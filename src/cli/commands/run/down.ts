import { existsSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { flowId, runtimePaths } from "../../../model/paths.ts";
import { JflowError } from "../../../util/errors.ts";
import { identifyProcess } from "../../../util/process/process-identity.ts";
import { waitForExit } from "../../../util/process/wait-for-exit.ts";
import { waitAtMost } from "../../../util/wait-at-most.ts";
import { ControlClient } from "../../../wire/control/control-client.ts";
import { findFlowFile, flowFileAt } from "../../flows/find-flow-file.ts";
import { spawnSupervisor } from "../../flows/spawn-supervisor.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { findRunningFlow, runtimeRootOf, type FoundFlow } from "../../flows/running-flows.ts";
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
    if (options.name === undefined) await endLeftovers(context, file);
    return EXIT.ok;
  }
  for (const notice of await stopFlow(flow, options.timeout)) printNotice(context, notice);
  printNotice(
    context,
    `flow "${flow.name}" stopped${options.name === undefined ? "" : `: ${flow.file}`}`,
  );
  return EXIT.ok;
}

/** Ends the processes that a killed supervisor of the flow left. */
async function endLeftovers(context: CommandContext, named: string | undefined): Promise<void> {
  const { terminal } = context;
  const path =
    named === undefined
      ? findFlowFile(terminal.cwd(), existsSync)
      : flowFileAt(resolve(terminal.cwd(), named), existsSync);
  if (path === undefined) return;
  const file = await realpath(path);
  if (!existsSync(runtimePaths(runtimeRootOf(terminal), flowId(file)).childrenFile)) return;
  const answer = await spawnSupervisor({ type: "reap", file });
  if (answer.type === "reaped") for (const notice of answer.notices) printNotice(context, notice);
}

/**
 * Stops the flow and waits until the process of the supervisor has ended. Returns the notices of
 * the stop. Throws `NOT_READY` if the process does not end in time.
 */
async function stopFlow(flow: FoundFlow, timeoutMs: number): Promise<readonly string[]> {
  let notices: readonly string[] = [];
  const supervisor = identifyProcess(flow.pid);
  const deadline = performance.now() + timeoutMs + DOWN_GRACE_MS;
  const control = new ControlClient(flow.socket);
  try {
    const watch = control.watch({ events: ["stopped"], holds: false });
    watch.onMessage((event) => {
      // An older supervisor sends no notices.
      if (event.type === "stopped") notices = event.notices ?? [];
    });
    const ended = new Promise<void>((settle) => watch.onClosed(() => settle()));
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
  return notices;
}
