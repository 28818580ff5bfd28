import { planReplicas, type Flow } from "../../../flow/flow.ts";
import type { FlowVariables, PlanChange } from "../../../model/supervisor.ts";
import { followOperation } from "../../flows/follow-operation.ts";
import type { EnvFileOptions } from "../../flows/read-flow-file.ts";
import type { FoundFlow } from "../../flows/running-flows.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";

export interface UpdateOptions extends EnvFileOptions {
  readonly dryRun?: boolean;
  readonly exitCode?: boolean;
  readonly output?: "text" | "json";
  readonly timeout?: number;
  readonly watch?: boolean;
}

/**
 * Prints what a changed file changes in a running flow, and carries it out unless it is a dry run.
 * Exits with 4 if a new process is not ready, and with 1 if a dry run with `--exit-code` finds a
 * change.
 */
export async function updateFlow(
  context: CommandContext,
  options: UpdateOptions,
  { socket, name, variables }: FoundFlow & { readonly variables: FlowVariables },
): Promise<number> {
  const { dryRun = false, timeout: timeoutMs, watch } = options;
  let hasChanges = false;
  const request = {
    ...variables,
    ask: "update",
    dryRun,
    ...(watch === undefined ? {} : { watch }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  } as const;
  const code = await followOperation(context, socket, request, (plan) => {
    hasChanges = plan.length > 0;
    printPlan(context, options, name, plan);
  });
  if (dryRun) return exitCodeOf(options, hasChanges);
  if (watch === true)
    printNotice(context, "saved files are taken from now on: jflow events --follow shows them");
  return code;
}

/** `jflow up --dry-run` of a flow that does not run: every process is added. */
export function planStart(context: CommandContext, options: UpdateOptions, flow: Flow): number {
  const plan = planReplicas(flow).replicas.map(({ address }): PlanChange => ({
    sign: "+",
    part: address,
    text: `+ ${address}`,
  }));
  printPlan(context, options, flow.name, plan);
  return exitCodeOf(options, true);
}

function exitCodeOf({ exitCode = false }: UpdateOptions, hasChanges: boolean): number {
  return exitCode && hasChanges ? EXIT.failed : EXIT.ok;
}

function printPlan(
  context: CommandContext,
  { output }: UpdateOptions,
  flow: string,
  plan: readonly PlanChange[],
): void {
  if (output === "json")
    print(context, JSON.stringify({ schema: "jflow.changes/v1", flow, changes: plan }));
  else if (plan.length === 0) printNotice(context, `flow "${flow}" runs as its file says`);
  else for (const { text } of plan) print(context, text);
}
