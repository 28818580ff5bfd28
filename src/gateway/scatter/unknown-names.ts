import { isJsonObject, type JsonObject } from "../../util/json-object.ts";
import { suggestHint } from "../../util/text/suggest.ts";
import { readResults } from "../merge/results.ts";
import type { ShardOutcome } from "./shard-outcomes.ts";

/** At most this many tags are listed. */
const MAX_LISTED = 8;

/** The report of one shard in `__results__`. */
interface Report {
  readonly names: readonly string[];
  readonly tags: readonly string[];
}

/**
 * Returns a warning for each name of a filter that no document of any shard has. An index reports
 * such names in `__results__` where a filter found nothing.
 */
export function warnOfUnknownNames(outcomes: readonly ShardOutcome[]): readonly string[] {
  const reports = outcomes.map(readReport);
  const known = reports.filter((report) => report !== undefined);
  if (known.length === 0 || known.length < reports.length) return [];
  const tags = [...new Set(known.flatMap((report) => report.tags))];
  const names = known[0]!.names.filter((name) => known.every((one) => one.names.includes(name)));
  return names.map((name) => `no document has "${name}" of the filter${hintOf(name, tags)}`);
}

/** Returns `__results__` without what `warnOfUnknownNames` reads, which is not for clients. */
export function hideUnknownNames(results: JsonObject): JsonObject {
  const kept = Object.entries(results).flatMap(([place, result]): [string, unknown][] => {
    if (!isJsonObject(result) || !("unknown_names" in result)) return [[place, result]];
    const { unknown_names: _, ...rest } = result;
    return Object.keys(rest).length === 0 ? [] : [[place, rest]];
  });
  return Object.fromEntries(kept);
}

function hintOf(name: string, tags: readonly string[]): string {
  const meant = suggestHint(name, tags);
  if (meant !== undefined) return `: ${meant}`;
  const more = tags.length > MAX_LISTED ? ", ..." : "";
  return tags.length === 0 ? "" : `: the tags are ${tags.slice(0, MAX_LISTED).join(", ")}${more}`;
}

function readReport(outcome: ShardOutcome): Report | undefined {
  if (outcome.kind !== "answered") return undefined;
  const [report] = Object.values(readResults(outcome.response.parameters)).flatMap((result) =>
    isJsonObject(result) && isJsonObject(result["unknown_names"]) ? [result["unknown_names"]] : [],
  );
  return report && { names: readTexts(report["names"]), tags: readTexts(report["tags"]) };
}

function readTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
