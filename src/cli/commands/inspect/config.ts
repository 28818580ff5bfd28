import { stringify } from "yaml";
import { hideEnvironment, listJinaDifferences, renderFlow } from "../../../flow/flow.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import {
  locateFlowFile,
  readFlowFile,
  variablesOf,
  type EnvFileOptions,
} from "../../flows/read-flow-file.ts";
import { spawnSupervisor } from "../../flows/spawn-supervisor.ts";

/**
 * `jflow config [flow.yml]`: prints the flow with all defaults, variables, and the polling of each
 * endpoint. The polling depends on what the executors declare, so a supervisor loads them once.
 * `-q` only checks the file. The values of `env` are hidden without `--show-env`.
 */
export async function config(
  context: CommandContext,
  options: EnvFileOptions & { output: "yaml" | "json"; quiet?: boolean; showEnv?: boolean },
  named?: string,
): Promise<number> {
  const file = await locateFlowFile(context, named);
  const variables = variablesOf(context, options);
  const flow = await readFlowFile(context, file, variables);
  if (options.quiet) return EXIT.ok;
  const answer = await spawnSupervisor({ ...variables, type: "describe", file });
  const described = answer.type === "described" ? answer.deployments : {};
  const whole = renderFlow(flow, described);
  const rendered = options.showEnv ? whole : hideEnvironment(whole);
  print(
    context,
    options.output === "json"
      ? JSON.stringify(rendered, withoutBigInt, 2)
      : stringify(rendered).trimEnd(),
  );
  for (const difference of listJinaDifferences(flow, described))
    printNotice(context, `differs from Jina: ${difference}`);
  return EXIT.ok;
}

/** JSON has no integers past 2^53: most readers round them. */
function withoutBigInt(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
