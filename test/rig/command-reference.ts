import type { Argument, Command, Option } from "commander";
import { buildProgram } from "../../src/cli/cli.ts";
import { commandHelpOf } from "../../src/cli/program/command-help.ts";
import { EXIT, EXIT_MEANINGS } from "../../src/cli/terminal/exit-codes.ts";

const INTRODUCTION = `# Commands

The reference of the \`jflow\` command line. \`npm run docs\` generates this page from the commands.

- **Addresses**: \`indexer\` is an executor, \`indexer/1\` a shard, and \`indexer/1/0\` a replica.
- **Which flow**: a command uses \`-f\` (the flow file), then \`--name\`, then the \`flow.yml\`,
  \`flow.yaml\` or \`jflow.yml\` in this folder or above, up to the root of the Git repository. If
  there is no flow file, a command that only reads uses the only running flow. \`down\`, \`stop\`,
  \`start\`, \`reroute\` and \`post\` never guess.
- **Output**: data goes to stdout, everything else to stderr. Piped tables are never cut. JSON output
  names its schema, such as \`jflow.ps/v1\`.
- **Colors**: \`--color\` and \`--no-color\` win over \`NO_COLOR\`, which wins over \`FORCE_COLOR\`.
- **Durations**: \`500ms\`, \`30s\`, \`2m\`, \`1h\`, \`7d\`, or a number of seconds.`;

/** Returns `src/cli/COMMANDS.md`, made from the declarations of the commands. */
export function formatCommandReference(): string {
  const program = buildProgram(process, "jflow", () => undefined);
  const { commands } = program;
  const groups = [...new Set(commands.map((command) => command.helpGroup()))];
  return `${[
    INTRODUCTION,
    "## Global options",
    formatTable(["Option", "Meaning"], program.options.map(describeOption)),
    "## Exit codes",
    formatExitCodes(EXIT_MEANINGS),
    ...groups.flatMap((group) => [
      `## ${group.replace(/:$/, "")}`,
      ...commands.filter((command) => command.helpGroup() === group).map(formatCommand),
    ]),
  ].join("\n\n")}\n`;
}

function formatCommand(command: Command): string {
  const help = commandHelpOf(command);
  const parameters = [
    ...command.registeredArguments.map(describeArgument),
    ...command.options.filter(({ hidden }) => !hidden).map(describeOption),
  ];
  const exitCodes = Object.entries(help?.exitCodes ?? {});
  return [
    `### jflow ${command.name()}`,
    `${command.description()}.`,
    formatShell([usageOf(command)]),
    ...(parameters.length === 0
      ? []
      : [formatTable(["Argument or option", "Meaning"], parameters)]),
    ...(help === undefined
      ? []
      : ["Examples:", formatShell(help.examples.flatMap(([line, does]) => [`# ${does}`, line]))]),
    ...(exitCodes.length === 0 ? [] : [formatTable(["Exit code", "Meaning"], exitCodes)]),
  ].join("\n\n");
}

function usageOf(command: Command): string {
  const names = command.registeredArguments.map(nameOf);
  const required = command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags);
  const shown = command.options.filter(({ hidden }) => !hidden);
  const options = shown.length > required.length ? ["[options]"] : [];
  return ["jflow", command.name(), ...options, ...required, ...names].join(" ");
}

function nameOf(argument: Argument): string {
  return argument.required ? `<${argument.name()}>` : `[${argument.name()}]`;
}

function describeArgument(argument: Argument): readonly [string, string] {
  return [`\`${nameOf(argument)}\``, describe(argument)];
}

function describeOption(option: Option): readonly [string, string] {
  return [`\`${option.flags}\``, describe(option)];
}

/** Returns the description with the choices and the default, where there are any. */
function describe({
  description,
  argChoices,
  defaultValue,
  defaultValueDescription,
}: Argument | Option): string {
  const value = defaultValueDescription ?? (defaultValue as string | number | undefined);
  const facts = [
    ...(argChoices === undefined ? [] : [`one of ${argChoices.map(quote).join(", ")}`]),
    ...(value === undefined ? [] : [`default: ${quote(`${value}`)}`]),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join("; ")})`;
}

function quote(text: string): string {
  return `\`${text}\``;
}

function formatExitCodes(meanings: Readonly<Record<keyof typeof EXIT, string>>): string {
  const rows = Object.entries(EXIT).map(
    ([name, code]) => [`${code}`, meanings[name as keyof typeof EXIT]] as const,
  );
  return formatTable(["Exit code", "Meaning"], rows);
}

function formatShell(lines: readonly string[]): string {
  return ["```sh", ...lines, "```"].join("\n");
}

function formatTable(
  titles: readonly [string, string],
  rows: readonly (readonly [string, string])[],
): string {
  const lines = [titles, ["---", "---"], ...rows];
  return lines.map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`).join("\n");
}

function escapeCell(text: string): string {
  return text.replaceAll("|", String.raw`\|`);
}
