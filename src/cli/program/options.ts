import { Argument, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../terminal/units.ts";

const FLOW_FILE = "Flow file or its folder (default: flow.yml in this folder or above)";

/** The argument that names the flow file. */
export const flowFileArgument = (): Argument => new Argument("[flow.yml]", FLOW_FILE);

/** `-f`: selects the flow by its file. */
export const fileOption = (): Option => new Option("-f, --file <flow.yml>", FLOW_FILE);

/** `--file` of a command whose `-f` means something else. */
export const longFileOption = (): Option => new Option("--file <flow.yml>", FLOW_FILE);

/** `--name`: selects the flow by its name. */
export const nameOption = (): Option =>
  new Option("--name <name>", "Name of the running flow, instead of its file");

/** `-o`: the first choice is the default. */
export const outputOption = (...choices: string[]): Option =>
  new Option("-o, --output <format>", "Output format").choices(choices).default(choices[0]);

/** Returns the milliseconds of `30s`, `500ms` or `2m`. Throws commander's error otherwise. */
export function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new InvalidArgumentError("Expected a duration such as 30s, 500ms or 2m.");
  return ms;
}

/** Returns a whole number from 1 to 999,999,999. Throws commander's error otherwise. */
export function countOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError("Expected a whole number from 1.");
  return Number(text);
}

/** Collects the values of an option that may be given several times. */
export const collect = (value: string, previous: readonly string[] | undefined): string[] => [
  ...(previous ?? []),
  value,
];
