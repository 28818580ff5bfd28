import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as clients from "../../src/util/limits/clients.ts";
import * as documents from "../../src/util/limits/documents.ts";
import * as flowFile from "../../src/util/limits/flow-file.ts";
import * as processes from "../../src/util/limits/processes.ts";
import * as requests from "../../src/util/limits/requests.ts";
import * as search from "../../src/util/limits/search.ts";
import * as shards from "../../src/util/limits/shards.ts";

const FOLDER = join(import.meta.dirname, "../../src/util/limits");
const INTRODUCTION = `# Bounds and times

Every bound and time that a user can meet. \`npm run docs\` generates this page from
\`src/util/limits/\`. \`src/flow/KEYS.md\` names the keys that
change some of them.`;
const GROUPS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  requests,
  documents,
  search,
  shards,
  processes,
  "flow-file": flowFile,
  clients,
};

/** Returns `src/LIMITS.md`, made from the constants of `src/util/limits/` and their docstrings. */
export function formatLimitsReference(): string {
  const groups = Object.entries(GROUPS).map(([name, values]) => {
    const text = readFileSync(join(FOLDER, `${name}.ts`), "utf8");
    const title = /^\/\/ ([^.]+)\./.exec(text)?.[1] ?? name;
    const rows = [...text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport const (\w+)/g)].map(
      ([, doc, constant]) =>
        `| \`${constant}\` | ${formatValue(constant!, values[constant!]!)} | ${oneLine(doc!)} |`,
    );
    return [`## ${title}`, "", "| name | value | meaning |", "|---|---|---|", ...rows].join("\n");
  });
  return `${[INTRODUCTION, ...groups].join("\n\n")}\n`;
}

/** The names of every constant, by group, as the modules export them. */
export function listLimits(): readonly string[] {
  return Object.values(GROUPS).flatMap((values) => Object.keys(values));
}

function oneLine(doc: string): string {
  return doc.replaceAll(/\s*\n\s*\*?\s*/g, " ").trim();
}

function formatValue(name: string, value: number): string {
  if (name.endsWith("_MS")) return formatTime(value);
  if (/_BYTES(?:_|$)/.test(name)) return formatSize(value);
  return value.toLocaleString("en");
}

function formatTime(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  if (ms % 1000 === 0) return `${ms / 1000} s`;
  return `${ms.toLocaleString("en")} ms`;
}

function formatSize(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB"];
  let [value, unit] = [bytes, 0];
  for (; value >= 1024 && value % 1024 === 0 && unit < 3; unit += 1) value /= 1024;
  return `${value} ${units[unit]}`;
}
