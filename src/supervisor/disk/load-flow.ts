import { existsSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { formatDiagnostics, readFlow, type Flow } from "../../flow/flow.ts";
import { JflowError } from "../../util/errors.ts";
import { explainStateFolder } from "../../model/runtime-access.ts";
import { flowPaths, type FlowPaths } from "../../model/paths.ts";
import type { FlowVariables } from "../../model/supervisor.ts";
import { makeDurableFolder } from "../../util/files/durable-folder.ts";
import { hasCode, messageOf } from "../../util/error-code.ts";
import { readTextFile } from "../../util/files/read-text-file.ts";
import { replaceFile } from "../../util/files/replace-file.ts";
import { decodeText } from "../../util/text/decode-text.ts";

/** The flow file and its variables. */
export interface FlowFileOptions extends FlowVariables {
  /** Absolute. */
  readonly file: string;
}

/**
 * Reads and checks a flow file. The real path of the file identifies the flow. `looked` receives
 * each path that is read or looked for. Throws `NOT_FOUND`, `FLOW_INVALID`.
 */
export async function loadFlow(
  choice: FlowFileOptions,
  looked: (path: string) => void = () => undefined,
): Promise<Flow> {
  looked(choice.file);
  const { file, text } = await readReal(choice.file);
  const { flow, diagnostics } = readFlow({
    text,
    file,
    variables: choice.variables,
    envFiles: choice.envFiles ?? [],
    exists(path) {
      looked(path);
      return existsSync(path);
    },
    read(path) {
      looked(path);
      return readTextFile(path);
    },
  });
  if (flow === undefined)
    throw new JflowError("FLOW_INVALID", formatDiagnostics(diagnostics, text));
  return flow;
}

async function readReal(path: string): Promise<{ file: string; text: string }> {
  try {
    const file = await realpath(path);
    return { file, text: decodeText(await readFile(file)) };
  } catch (error) {
    throw new JflowError("NOT_FOUND", `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Makes the folder of the flow, with a `.gitignore` that covers all of it. Throws
 * `FAILED_PRECONDITION` if the folder cannot be written.
 */
export async function makeFlowFolder(flow: Flow, stateDir: string | undefined): Promise<FlowPaths> {
  const paths = flowPaths(flow.file, stateDir);
  try {
    await makeDurableFolder(paths.folder);
    await makeDurableFolder(paths.output);
    const ignore = join(paths.root, ".gitignore");
    if (!existsSync(ignore)) await replaceFile(ignore, "*\n");
  } catch (error) {
    if (!hasCode(error, "EACCES", "EROFS", "EPERM")) throw error;
    throw new JflowError("FAILED_PRECONDITION", await explainStateFolder(paths.folder, error), {
      cause: error,
    });
  }
  return paths;
}
