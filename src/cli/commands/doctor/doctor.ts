import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { JflowError } from "../../../util/errors.ts";
import { locateFlowFile, readFlowFile } from "../../flows/read-flow-file.ts";
import { findFlowFile } from "../../flows/find-flow-file.ts";
import { listedRootOf, listRunningFlows, type FlowOptions } from "../../flows/running-flows.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import type { CheckFinding } from "./finding.ts";
import { checkFlow } from "./flow-checks.ts";
import { checkMachine } from "./machine-checks.ts";
import { findStale, reportStale } from "./stale-state.ts";

interface DoctorOptions extends Pick<FlowOptions, "file"> {
  readonly clean?: boolean;
  readonly output: "text" | "json";
}

const MARKS: Readonly<Record<CheckFinding["level"], string>> = {
  ok: "ok   ",
  warn: "warn ",
  error: "error",
};

/**
 * `jflow doctor`: checks what jflow needs on this machine, and what the flow file needs. Exits with
 * 1 if a check finds an error.
 */
export async function doctor(context: CommandContext, options: DoctorOptions): Promise<number> {
  const { terminal } = context;
  const isNamed = options.file !== undefined;
  const hasFile = isNamed || findFlowFile(terminal.cwd(), existsSync) !== undefined;
  const file = hasFile ? await locateFlowFile(context, options.file) : undefined;
  const running = await listRunningFlows(terminal);
  const stale = await findStale(listedRootOf(terminal), new Set(running.map(({ id }) => id)));
  const findings = [
    ...(await checkMachine(
      file === undefined ? terminal.cwd() : dirname(file),
      terminal.env["PATH"],
    )),
    ...(file === undefined
      ? []
      : await checkFile(
          context,
          file,
          running.some((flow) => flow.file === file),
        )),
    ...(await reportStale(stale, options.clean === true)),
  ];
  if (options.output === "json")
    print(context, JSON.stringify({ schema: "jflow.doctor/v1", findings }));
  else for (const finding of findings) printFinding(context, finding);
  if (file === undefined) printNotice(context, "no flow file in this folder or above was checked");
  return findings.some(({ level }) => level === "error") ? EXIT.failed : EXIT.ok;
}

async function checkFile(
  context: CommandContext,
  file: string,
  isRunning: boolean,
): Promise<readonly CheckFinding[]> {
  const { env } = context.terminal;
  try {
    const flow = await readFlowFile(context, file, { variables: env, envFiles: [] });
    const fine: CheckFinding = { level: "ok", check: "flow file", text: `${file} is valid` };
    return [
      fine,
      ...(await checkFlow(flow, { isRunning, python: env["JFLOW_PYTHON"] ?? "python3" })),
    ];
  } catch (error) {
    if (!(error instanceof JflowError)) throw error;
    return [{ level: "error", check: "flow file", text: error.message }];
  }
}

function printFinding(context: CommandContext, { level, check, text, fix }: CheckFinding): void {
  print(context, `${MARKS[level]}  ${check.padEnd(16)}  ${text}`);
  if (fix !== undefined) print(context, `${" ".repeat(25)}${fix}`);
}
