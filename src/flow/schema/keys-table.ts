import { statedDefault, unwrap, valueLabels } from "./values/annotations.ts";
import { EXECUTOR_DEFAULT_KEYS, KEYS } from "./flow.ts";
import { namesOf, type Keys } from "./key.ts";
import { isJsonObject } from "../../util/json-object.ts";
import type { z } from "zod";

/**
 * Returns the keys of a flow file as Markdown tables, derived from the schema. Marks reserved keys.
 */
export function keysTable(): string {
  const executorDefaults = namesOf(EXECUTOR_DEFAULT_KEYS, ({ notYet }) => notYet === undefined).map(
    (name) => `\`${name}\``,
  );
  return [
    "### At the top\n",
    formatTable(KEYS.flow, [
      "| `gateway` | a mapping | | The gateway that clients talk to: the keys below |",
      `| \`with\` | a mapping | | Jina's section for the keys of \`gateway\`, which wins, and for \`name\`, \`workspace\`, \`env\`; ${executorDefaults.join(", ")} become the default of every executor |`,
      "| `executors` | a list of mappings, or of files that hold one | | The deployments, in order; `deployments` is another name of the key |",
    ]),
    "\n### In `gateway`\n",
    formatTable(KEYS.gateway),
    "\n### In each of `executors`\n",
    formatTable(KEYS.executor),
    "",
  ].join("\n");
}

function formatTable(keys: Keys, more: readonly string[] = []): string {
  const rows = Object.entries(keys).map(([name, { schema, notYet }]) => {
    const meaning = `${escapeCell(schema.description ?? "")}${notYet === undefined ? "" : " (not yet)"}`;
    return `| \`${name}\` | ${escapeCell(valueLabels.get(unwrap(schema))?.words ?? "")} | ${formatDefault(schema)} | ${meaning} |`;
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
