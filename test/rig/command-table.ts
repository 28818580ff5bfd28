import type { Command } from "commander";
import { buildProgram } from "../../src/cli/cli.ts";

/** Returns the table of commands of the README, in the order of `jflow --help`. */
export function formatCommandTable(): string {
  const program = buildProgram(process, () => undefined);
  return ["| command | does | options |", "|---|---|---|", ...program.commands.map(formatRow)].join(
    "\n",
  );
}

function formatRow(command: Command): string {
  const args = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  const usage = ["jflow", command.name(), ...args].join(" ");
  const options = command.options.map((option) => `\`${option.flags}\``).join(", ");
  return `| \`${usage}\` | ${escape(command.description())} | ${escape(options)} |`;
}

function escape(text: string): string {
  return text.replaceAll("|", String.raw`\|`);
}
