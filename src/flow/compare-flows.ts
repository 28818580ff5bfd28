import { isJsonObject } from "../util/json-object.ts";
import { renderFlow } from "./render.ts";
import type { Flow } from "./resolve/types.ts";

/** How a part of a flow differs in another version of its file. */
export interface FlowDifference {
  /** The name of an executor, `gateway`, or `flow` for the keys of the whole flow. */
  readonly part: string;
  readonly kind: "added" | "removed" | "changed";
  /** The keys of the file whose values differ. Empty unless changed. */
  readonly keys: readonly string[];
}

type Part = Readonly<Record<string, unknown>>;

/**
 * Compares the values of two flows, with their defaults. The order of keys, comments and a key with
 * its default value make no difference.
 */
export function compareFlows(before: Flow, after: Flow): readonly FlowDifference[] {
  const old = partsOf(before);
  const fresh = partsOf(after);
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((part) =>
    compareParts(part, old.get(part), fresh.get(part)),
  );
}

function compareParts(
  part: string,
  before: Part | undefined,
  after: Part | undefined,
): readonly FlowDifference[] {
  if (before === undefined) return [{ part, kind: "added", keys: [] }];
  if (after === undefined) return [{ part, kind: "removed", keys: [] }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => toComparable(before[key]) !== toComparable(after[key]),
  );
  return keys.length === 0 ? [] : [{ part, kind: "changed", keys }];
}

/** The `env` of the flow is part of the `env` of each executor and of the gateway. */
function partsOf(flow: Flow): ReadonlyMap<string, Part> {
  const { gateway, executors, env: _, ...rest } = renderFlow(flow) as Part;
  return new Map<string, Part>([
    ["flow", rest],
    ["gateway", gateway as Part],
    ...(executors as readonly Part[])
      .filter(isJsonObject)
      .map((executor): [string, Part] => [String(executor["name"]), executor]),
  ]);
}

/** Returns a text that is equal for equal values, whatever the order of their keys. */
function toComparable(value: unknown): string {
  return JSON.stringify([value], (_, part: unknown) => {
    if (isJsonObject(part))
      return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const hasNoJson = typeof part === "bigint" || (typeof part === "number" && !isFinite(part));
    return hasNoJson ? String(part) : part;
  });
}
