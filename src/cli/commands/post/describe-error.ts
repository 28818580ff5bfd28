import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanText } from "../../../util/text/terminal-text.ts";
import type { ExceptionDetails, JflowError } from "../../../util/errors.ts";

/** The folder with jflow's own code, whose frames do not lead to the user's error. */
const OWN_FOLDER = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const JS_FRAME = /^\s+at .*?\(?((?:file:\/\/)?\/[^()]+):(\d+):\d+\)?$/;
const PYTHON_FRAME = /^\s*File "([^"]+)", line (\d+)/;

/**
 * Returns the message of an error. For an exception of an executor, adds the replica, or the class
 * of the executor, and the line that threw: `... (shout/0/0, shout.ts:12)`.
 */
export function describeError(error: JflowError, ownFolder = OWN_FOLDER): string {
  const { exception } = error;
  const message = cleanText(error.message);
  if (exception === undefined) return message;
  const where = [
    exception.replica ?? exception.executor,
    exception.name === "JflowError" ? undefined : findLine(exception, ownFolder),
  ].filter((part) => part !== undefined && part !== "");
  return where.length === 0 ? message : `${message} (${where.join(", ")})`;
}

/** Returns `shout.ts:12`: the innermost frame that is neither jflow's own nor a package's. */
function findLine({ stacks }: ExceptionDetails, ownFolder: string): string | undefined {
  const lines = stacks.flatMap((stack) => stack.split("\n"));
  const isForeign = (path: string): boolean =>
    path.includes("/node_modules/") || path.startsWith(ownFolder);
  const javaScript = lines.map((line) => JS_FRAME.exec(line)).filter((match) => match !== null);
  const python = lines.map((line) => PYTHON_FRAME.exec(line)).filter((match) => match !== null);
  const frames = javaScript.length > 0 ? javaScript : python.toReversed();
  const frame = frames.find((match) => !isForeign(match[1]!.replace("file://", "")));
  return frame && `${basename(frame[1]!)}:${frame[2]}`;
}
