import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

/** One line of a page of metrics. */
export interface MetricLine {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One family of a page of metrics. */
export interface ReadFamily {
  readonly type: string;
  readonly help: string;
  readonly lines: MetricLine[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;
const SUFFIXES = ["_bucket", "_sum", "_count"];

/**
 * Reads the text format of Prometheus, and throws at everything that promtool refuses: a line
 * without HELP and TYPE, a series twice, a counter without `_total`, buckets that fall
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */
export function readMetrics(text: string): ReadonlyMap<string, ReadFamily> {
  assert(text.endsWith("\n"), "the last line does not end");
  const page = new Page();
  for (const line of text.slice(0, -1).split("\n")) if (line !== "") page.add(line);
  for (const [name, family] of page.families)
    if (family.type === "histogram") checkBuckets(name, family);
  return page.families;
}

class Page {
  readonly families = new Map<string, ReadFamily>();
  readonly #seen = new Set<string>();
  #help: readonly [string, string] | undefined;
  #current: readonly [string, ReadFamily] | undefined;

  add(line: string): void {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (kind === "HELP") {
      assert(NAME.test(name) && !this.families.has(name), line);
      this.#help = [name, rest];
    } else if (kind === "TYPE") this.#open(name, rest);
    else this.#addSample(line);
  }

  #open(name: string, type: string): void {
    const [helped, help] = this.#help ?? [];
    assert(helped === name && help !== undefined, `TYPE without HELP: ${name}`);
    assert(["counter", "gauge", "histogram"].includes(type), `${name} is a ${type}`);
    if (type === "counter") assert(name.endsWith("_total"), name);
    this.#current = [name, { type, help, lines: [] }];
    this.families.set(...this.#current);
  }

  #addSample(line: string): void {
    assert(!line.startsWith("#") && this.#current !== undefined, `unknown line: ${line}`);
    const [name, family] = this.#current;
    const read = readLine(line);
    assert(familyOf(read.name, family.type) === name, `out of its family: ${line}`);
    const series = line.slice(0, line.lastIndexOf(" "));
    assert(!this.#seen.has(series), `twice: ${series}`);
    this.#seen.add(series);
    family.lines.push(read);
  }
}

function familyOf(name: string, type: string): string {
  const suffix = type === "histogram" ? SUFFIXES.find((one) => name.endsWith(one)) : "";
  return suffix === undefined ? name : name.slice(0, name.length - suffix.length);
}

function readLine(line: string): MetricLine {
  const [, name, labelText = "", valueText] = LINE.exec(line) ?? assert.fail(`malformed: ${line}`);
  const labels: Record<string, string> = {};
  let rest = labelText;
  while (rest !== "") {
    const [whole, label, value] = LABEL.exec(rest) ?? assert.fail(`malformed labels: ${line}`);
    assert(!Object.hasOwn(labels, label!), `a label twice: ${line}`);
    labels[label!] = value!.replaceAll(/\\(.)/g, (_, one: string) => (one === "n" ? "\n" : one));
    rest = rest.slice(whole.length);
  }
  const value = Number(valueText);
  assert(Number.isFinite(value), `not a number: ${line}`);
  return { name: name!, labels, value };
}

function checkBuckets(name: string, { lines }: ReadFamily): void {
  const keyOf = ({ labels }: MetricLine): string => JSON.stringify({ ...labels, le: "" });
  for (const labels of new Set(lines.map(keyOf))) {
    const own = lines.filter((line) => keyOf(line) === labels);
    const buckets = own.filter((line) => line.name === `${name}_bucket`);
    const values = buckets.map(({ value }) => value);
    const bounds = buckets.map(({ labels: { le = "" } }) => Number(le.replace("+Inf", "Infinity")));
    const rises = (numbers: readonly number[]): boolean =>
      numbers.every((value, index) => index === 0 || value >= numbers[index - 1]!);
    assert(rises(values) && rises(bounds), `${name}${labels}: buckets fall`);
    assert(bounds.at(-1) === Infinity, `${name}${labels} has no last bucket`);
    const count = own.find((line) => line.name === `${name}_count`)?.value;
    assert(count === values.at(-1), `${name}${labels}: _count is not the last bucket`);
    assert(
      own.some((line) => line.name === `${name}_sum`),
      `${name}${labels} has no _sum`,
    );
  }
}

/** Returns the value of one line. Throws if the page has no such line. */
export function metricValue(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const lines = [...readMetrics(text).values()].flatMap((family) => family.lines);
  const found = lines.filter(
    (line) =>
      line.name === name &&
      Object.entries(labels).every(([label, value]) => line.labels[label] === value),
  );
  assert(found.length === 1, `${found.length} lines are ${name} ${JSON.stringify(labels)}`);
  return found[0]!.value;
}

/** Returns the complaints of `promtool check metrics`; undefined where promtool is not installed. */
export function runPromtool(text: string): string | undefined {
  const { error, status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
    input: text,
    encoding: "utf8",
  });
  if (error !== undefined) return undefined;
  return status === 0 ? "" : `${stdout}${stderr}`;
}
