import { readDocumentId } from "../../document/scan/document-values.ts";
import { isJsonObject } from "../../util/json-object.ts";
import { readResults } from "../merge/results.ts";
import type { ShardRoute } from "../routing/shard-route.ts";
import type { DeploymentAnswer, DeploymentCall } from "./deployment-call.ts";
import type { ShardOutcome } from "./shard-outcomes.ts";
import type { DocumentCounts } from "./shards-report.ts";

const COUNTED = ["written", "replaced", "deleted"] as const;

/**
 * Adds up what the executors of the shards report about a write in `__results__`: `written`,
 * `replaced` and `deleted` documents, the ids that are `not_found`, and a `warning`. A document is
 * not found where no shard that was asked for it has it. Returns undefined where no shard counts.
 */
export function countDocuments(
  call: DeploymentCall,
  route: ShardRoute,
  outcomes: readonly ShardOutcome[],
): DocumentCounts | undefined {
  const reports = listReports(outcomes);
  if (reports.length === 0) return undefined;
  const sum = (key: (typeof COUNTED)[number]): number =>
    reports.reduce((total, report) => total + numberOf(report[key]), 0);
  const notFound = listNotFound(reports, askedTimes(call, route, outcomes));
  const warning = reports.map((report) => report["warning"]).find((one) => one !== undefined);
  const failed = outcomes
    .filter(({ kind }) => kind !== "answered")
    .reduce((total, { shard }) => total + idsSentTo(call, route, shard).length, 0);
  return {
    written: sum("written"),
    replaced: sum("replaced"),
    deleted: sum("deleted"),
    not_found: notFound.length,
    failed,
    ...(notFound.length > 0 ? { not_found_ids: notFound } : {}),
    ...(typeof warning === "string" ? { warning } : {}),
  };
}

/**
 * Counts a document that a write moved to another shard as replaced: its new shard reports a new
 * document, and `removals` a deleted one.
 */
export function countMoved(
  answer: DeploymentAnswer,
  removals: readonly ShardOutcome[],
): DeploymentAnswer {
  const { shards } = answer;
  if (shards?.documents === undefined) return answer;
  const { written, replaced, ...others } = shards.documents;
  const deleted = listReports(removals).reduce(
    (sum, report) => sum + numberOf(report["deleted"]),
    0,
  );
  const moved = Math.min(written, deleted);
  const documents = { written: written - moved, replaced: replaced + moved, ...others };
  return { ...answer, shards: { ...shards, documents } };
}

/** Returns the ids of the documents of a request that one shard got. */
export function idsSentTo(call: DeploymentCall, route: ShardRoute, shard: number): string[] {
  const documents = call.parts[0]?.documents ?? [];
  if (route.kind !== "slices") return documents.map(readDocumentId);
  const slice = route.slices.find((one) => one.shard === shard);
  return (slice?.positions ?? []).map((position) => readDocumentId(documents[position]!));
}

function listReports(
  outcomes: readonly ShardOutcome[],
): readonly Readonly<Record<string, unknown>>[] {
  const answered = outcomes.filter((outcome) => outcome.kind === "answered");
  return answered.flatMap(({ response }) =>
    Object.values(readResults(response.parameters)).filter(isReport),
  );
}

function isReport(value: unknown): value is Readonly<Record<string, unknown>> {
  return isJsonObject(value) && COUNTED.some((key) => typeof value[key] === "number");
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

/** Returns the function that says how many of the answering shards got a document. */
function askedTimes(
  call: DeploymentCall,
  route: ShardRoute,
  outcomes: readonly ShardOutcome[],
): (id: string) => number {
  if (route.kind !== "slices") return () => outcomes.length;
  const times = new Map<string, number>();
  for (const { shard } of outcomes)
    for (const id of new Set(idsSentTo(call, route, shard)))
      times.set(id, (times.get(id) ?? 0) + 1);
  return (id) => times.get(id) ?? 0;
}

function listNotFound(
  reports: readonly Readonly<Record<string, unknown>>[],
  askedFor: (id: string) => number,
): string[] {
  const times = new Map<string, number>();
  for (const { not_found: ids } of reports) {
    const listed: readonly unknown[] = Array.isArray(ids) ? ids : [];
    for (const id of new Set(listed.filter((one) => typeof one === "string")))
      times.set(id, (times.get(id) ?? 0) + 1);
  }
  return [...times].filter(([id, count]) => count >= askedFor(id)).map(([id]) => id);
}
