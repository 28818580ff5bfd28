import { setImmediate } from "node:timers/promises";
import { compileFilter, type Document, type RequestContext } from "../index.ts";
import { readCondition } from "./indexer/parameters.ts";

/**
 * The names of a filter that no stored document has, and tags that documents have. The gateway
 * warns of a name that no shard has.
 */
export type UnknownNames = Readonly<{
  unknown_names: { readonly names: readonly string[]; readonly tags: readonly string[] };
}>;

/** The documents that pass a filter. */
export type FilterResult = readonly Document[] | UnknownNames;

/** More tags than this are not listed. */
const MAX_TAGS = 100;
/** How many documents are read before other work of the process gets its turn. */
const SLICE = 200;

/**
 * Looks for each name of parameter `filter` in the stored documents, until all are found. Returns
 * undefined if all are found, or without a filter.
 */
export async function findUnknownNames(
  { parameters, signal }: Pick<RequestContext, "parameters" | "signal">,
  documents: Iterable<Document>,
): Promise<UnknownNames | undefined> {
  const tests = new Map(
    listNames(readCondition(parameters) ?? {}).map((name) => [
      name,
      compileFilter({ [name]: { $exists: true } }),
    ]),
  );
  const tags = new Set<string>();
  let read = 0;
  for (const document of documents) {
    if (tests.size === 0) return undefined;
    for (const [name, hasName] of tests) if (hasName(document)) tests.delete(name);
    if (tags.size < MAX_TAGS) addTags(document.tags, tags);
    read += 1;
    if (read % SLICE !== 0) continue;
    await setImmediate();
    signal.throwIfAborted();
  }
  if (tests.size === 0) return undefined;
  return { unknown_names: { names: [...tests.keys()], tags: [...tags] } };
}

/** Adds the unknown names to the result of a write whose filter removed nothing. */
export async function addUnknownNames<Result extends { readonly deleted?: number }>(
  writing: Promise<Result>,
  context: Pick<RequestContext, "parameters" | "signal">,
  documents: Iterable<Document>,
): Promise<Result & Partial<UnknownNames>> {
  const result = await writing;
  return result.deleted === 0
    ? { ...result, ...(await findUnknownNames(context, documents)) }
    : result;
}

/** Returns the names that a valid filter compares. */
function listNames(condition: object): readonly string[] {
  const names = Object.entries(condition).flatMap(([key, value]: [string, unknown]) => {
    if (!key.startsWith("$")) return [key];
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return items.flatMap((item) =>
      typeof item === "object" && item !== null ? listNames(item) : [],
    );
  });
  return [...new Set(names)];
}

/** Adds the names of tags, and those of their keys as `address.city`. */
function addTags(values: object, tags: Set<string>, prefix = ""): void {
  for (const [key, value] of Object.entries(values) as [string, unknown][]) {
    tags.add(prefix + key);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      addTags(value, tags, `${prefix}${key}.`);
  }
}
