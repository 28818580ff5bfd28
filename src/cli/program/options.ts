import { Argument, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../terminal/units.ts";

const FLOW_FILE = "Flow file or its folder (default: flow.yml in this folder or above)";

/** The name of the argument that `flowFileArgument` returns. */
export const FLOW_FILE_ARGUMENT = "flow.yml";

/** The argument that names the flow file. */
export const flowFileArgument = (): Argument => new Argument(`[${FLOW_FILE_ARGUMENT}]`, FLOW_FILE);

/** `-f`: selects the flow by its file. */
export const fileOption = (): Option => new Option("-f, --file <flow.yml>", FLOW_FILE);

/** `--file` of a command whose `-f` means something else. */
export const longFileOption = (): Option => new Option("--file <flow.yml>", FLOW_FILE);

/** `--env-file`: variables of the flow file and its processes. */
export const envFileOption = (): Option =>
  new Option(
    "--env-file <file>",
    "Read variables from this file too, as docker compose does; the environment wins, then the last file, then .env. Repeatable",
  ).argParser(collect);

/** `--name`: selects the flow by its name. */
export const nameOption = (): Option =>
  new Option("--name <name>", "Name of the running flow, instead of its file");

/** `-o`: the first choice is the default. */
export const outputOption = (...choices: string[]): Option =>
  new Option("-o, --output <format>", "Output format").choices(choices).default(choices[0]);

/** `--color`: colors in a pipe, too. */
export const colorOption = (): Option =>
  new Option("--color", "Use colors even if the output is not a terminal");

/** `--no-color`: never colors. */
export const noColorOption = (): Option => new Option("--no-color", "Do not use colors");

/** `--host`: the gateway, instead of a flow of this user. */
export const hostOption = (): Option =>
  new Option(
    "--host <url>",
    "Gateway address instead of a flow, such as grpc://127.0.0.1:8080 or grpcs://...",
  );

/** `--param`: request parameters. */
export const paramOption = (): Option =>
  new Option(
    "--param <key=value>",
    "Add a request parameter; a JSON value is parsed. Repeatable",
  ).argParser(collect);

/** `--target`: selects executors. */
export const targetOption = (): Option =>
  new Option("--target <regex>", "Call only executors whose name matches this regular expression");

/** Returns the milliseconds of `30s`, `500ms` or `2m`. Throws commander's error otherwise. */
export function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined)
    throw new InvalidArgumentError("Expected a duration such as 30s, 500ms or 2m.");
  return ms;
}

/**
 * Returns a time: a duration before now, or a date with or without a time of day, in local time if
 * it names no zone. Throws commander's error otherwise.
 */
export function timeOf(text: string): Date {
  const ms = parseDuration(text);
  if (ms !== undefined) return new Date(Date.now() - ms);
  const clock = /^(\d\d):(\d\d)(?::(\d\d))?$/.exec(text);
  const date = clock === null ? dateOf(text) : today(clock);
  if (Number.isNaN(date.getTime()))
    throw new InvalidArgumentError(
      "Expected a duration such as 5m or 2d, or a time such as 14:30 or 2026-11-30T14:30.",
    );
  return date;
}

/** Without a time of day, JavaScript takes a date as UTC. */
function dateOf(text: string): Date {
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return new Date(`${text}T00:00`);
  return new Date(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text) ? text : Number.NaN);
}

function today([, hours, minutes, seconds = "0"]: readonly (string | undefined)[]): Date {
  const date = new Date();
  const parts = [hours, minutes, seconds].map(Number) as [number, number, number];
  if (parts[0] > 23 || parts[1] > 59 || parts[2] > 59) return new Date(Number.NaN);
  date.setHours(...parts, 0);
  return date;
}

/** Returns a whole number from 1 to 999,999,999. Throws commander's error otherwise. */
export function countOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError("Expected a whole number from 1.");
  return Number(text);
}

/** Returns the name of an encoding. Throws commander's error for an unknown one. */
export function encodingOf(text: string): string {
  try {
    return new TextDecoder(text).encoding;
  } catch {
    throw new InvalidArgumentError("Expected an encoding, such as windows-1252 or utf-16le.");
  }
}

/** Returns a whole number from 0 to 999,999,999. Throws commander's error otherwise. */
export function countFromZero(text: string): number {
  if (text === "0") return 0;
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError("Expected a whole number from 0.");
  return Number(text);
}

/** Returns the names of a list such as `price,maker`. */
export const listOf = (text: string): readonly string[] =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

/** Returns the delimiter that `;`, `tab` or `\t` names. Throws commander's error otherwise. */
export function delimiterOf(text: string): string {
  const delimiter = text === "tab" || text === String.raw`\t` ? "\t" : text;
  if (!/^[^"\r\n]$/u.test(delimiter))
    throw new InvalidArgumentError("Expected one character, or tab.");
  return delimiter;
}

/** Returns a whole number from 0 to 999,999,999. Throws commander's error otherwise. */
export function countOrZeroOf(text: string): number {
  return text === "0" ? 0 : countOf(text);
}

/** Collects the values of an option that may be given several times. */
export const collect = (value: string, previous: readonly string[] | undefined): string[] => [
  ...(previous ?? []),
  value,
];

/** Returns a number such as `0.8`. Throws commander's error otherwise. */
export function numberOf(text: string): number {
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number))
    throw new InvalidArgumentError("Expected a number such as 0.8.");
  return number;
}
