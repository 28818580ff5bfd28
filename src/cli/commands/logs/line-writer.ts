import type { CommandContext } from "../../terminal/context.ts";
import { LinePrefixer } from "../../terminal/output-lines.ts";
import { levelOf } from "./line-level.ts";
import type { ReplicaLine } from "./output-folder.ts";

/** Returns what writes a line of output to stdout. */
export function lineWriter(
  context: CommandContext,
  options: { readonly timestamps?: boolean; readonly json?: boolean },
): (line: ReplicaLine) => void {
  const { stdout } = context.terminal;
  if (options.json) return (line) => void stdout.write(`${formatJsonLine(line)}\n`);
  const prefixer = new LinePrefixer(context.color.stdout);
  return ({ address, at, stream, text }) => {
    const stamp = options.timestamps ? `${at.toISOString()} ` : "";
    const mark = stream === "event" ? "[jflow] " : "";
    stdout.write(`${prefixer.format(address, stamp + mark + text)}\n`);
  };
}

/** Returns a line of output as a JSON object. `level` is left out where the line states none. */
export function formatJsonLine({ at, address, stream, text }: ReplicaLine): string {
  const level = stream === "event" ? undefined : levelOf(text);
  return JSON.stringify({ time: at.toISOString(), address, stream, level, text });
}
