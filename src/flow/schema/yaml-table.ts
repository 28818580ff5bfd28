import type { z } from "zod";
import { executorShape } from "./executor.ts";
import { HANDED_ON, topShape } from "./flow.ts";
import { gatewayShape } from "./gateway.ts";
import { NOT_YET } from "./key-tables.ts";
import { isJsonObject } from "../../util/json-object.ts";
import { statedDefault, unwrap, valueWords } from "./words.ts";

/**
 * The keys of a flow file as Markdown tables, from the schema: for the README. Keys that are not
 * built are marked.
 */
export function yamlTable(): string {
  const handedOn = HANDED_ON.filter((key) => !Object.hasOwn(NOT_YET.executor, key)).map(
    (key) => `\`${key}\``,
  );
  return [
    "### At the top\n",
    formatTable(topShape, NOT_YET.flow, [
      "| `gateway` | a mapping | | The front door: the keys below |",
      `| \`with\` | a mapping | | Jina's place for the keys of \`gateway\`, which wins, and for \`name\`, \`workspace\`, \`env\`; ${handedOn.join(", ")} become the default of every executor |`,
      "| `executors` | a list of mappings, or of files that hold one | | The deployments, in their order; `deployments` is the same |",
    ]),
    "\n### In `gateway`\n",
    formatTable(gatewayShape, NOT_YET.gateway),
    "\n### In each of `executors`\n",
    formatTable(executorShape, NOT_YET.executor),
    "",
  ].join("\n");
}

function formatTable(
  shape: Readonly<Record<string, z.ZodType>>,
  notYet: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): string {
  const rows = Object.entries(shape).map(([key, schema]) => {
    const meaning = `${escapeCell(schema.description ?? "")}${Object.hasOwn(notYet, key) ? " (not yet)" : ""}`;
    return `| \`${key}\` | ${escapeCell(valueWords.get(unwrap(schema))?.words ?? "")} | ${formatDefault(schema)} | ${meaning} |`;
  });
  return ["| key | takes | default | meaning |", "|---|---|---|---|", ...rows, ...more].join("\n");
}

function formatDefault(schema: z.ZodType): string {
  const value = statedDefault(schema);
  const isEmpty =
    value === undefined || value === "" || (isJsonObject(value) && Object.keys(value).length === 0);
  if (isEmpty || (Array.isArray(value) && value.length === 0)) return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", "\\|");
}
