import { InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../terminal/units.ts";

/** `-f`: which flow, by its file. */
export const fileOption = (): Option =>
  new Option("-f, --file <flow.yml>", "the flow file (default: the one found from here upwards)");
/** `--name`: which flow, by its name. */
export const nameOption = (): Option => new Option("--name <name>", "a running flow by its name");
/** `-o`: the first choice is the default. */
export const outputOption = (...choices: string[]): Option =>
  new Option("-o, --output <format>", "output format").choices(choices).default(choices[0]);

/** `30s`, `500ms`, `2m` in milliseconds. Throws commander's error for anything else. */
export function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError("write 30s, 500ms or 2m.");
  return ms;
}

/** A whole number from 1 to 999,999,999. Throws commander's error for anything else. */
export function countOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError("write a whole number of at least 1.");
  return Number(text);
}

/** Of an option that may be given several times. */
export const collect = (value: string, previous: readonly string[] | undefined): string[] => [
  ...(previous ?? []),
  value,
];
