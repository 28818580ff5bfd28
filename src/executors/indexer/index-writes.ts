import { Document, JflowError, type DocumentArray, type RequestContext } from "../../index.ts";
import type { DocumentStore } from "../../vector-index/vector-index.ts";
import type { AnyIndex, VectorEntry } from "./any-index.ts";
import { mergeInto } from "./merge-document.ts";
import { readFlag, readIds, readRemovalFilter, type DocumentTest } from "./parameters.ts";
import { takeAccepted } from "./take-accepted.ts";

type Parameters = RequestContext["parameters"];

/**
 * The effect of a write on one shard, for `__results__`. The gateway adds up those of all shards.
 */
export type WriteResult = Readonly<{
  /** New documents. */
  written?: number;
  /** Documents that replaced, or were merged into, a stored one. */
  replaced?: number;
  deleted?: number;
  /** The ids of the request that the shard does not hold. */
  not_found?: readonly string[];
  warning?: string;
}>;

/** The parts of an index that writes change. */
export interface IndexContent {
  readonly vectors: AnyIndex;
  readonly documents: DocumentStore;
  /** Whether the routing of a document decides where it is. */
  readonly isRouted: boolean;
}

interface Entry extends VectorEntry {
  readonly bytes: Uint8Array;
  readonly isVectorNew: boolean;
}

/** Adds documents or replaces those of the same ids. Changes nothing where it throws. */
export async function putDocuments(
  { vectors, documents }: IndexContent,
  docs: DocumentArray,
): Promise<WriteResult> {
  const entries = docs.map((doc) => readEntry(vectors, doc));
  vectors.check(entries);
  let replaced = 0;
  for (const { id, bytes } of entries) {
    if (documents.has(id)) replaced += 1;
    documents.put(id, bytes);
  }
  await vectors.addMany(entries);
  return { written: entries.length - replaced, replaced };
}

/**
 * Merges documents into the stored ones, or replaces them with parameter `replace`. An unknown id
 * changes nothing. Changes nothing where it throws.
 */
export async function updateDocuments(
  content: IndexContent,
  docs: DocumentArray,
  parameters: Parameters,
): Promise<WriteResult> {
  const { vectors, documents } = content;
  const isReplacing = readFlag(parameters, "replace") ?? false;
  const entries = new Map<string, Entry>();
  const notFound: string[] = [];
  for (const doc of docs) {
    const earlier = entries.get(doc.id);
    const bytes = earlier?.bytes ?? documents.get(doc.id);
    if (bytes === undefined) {
      notFound.push(doc.id);
      continue;
    }
    const update = { stored: Document.decode(bytes), given: copyOf(doc), isReplacing };
    const entry = updateEntry(content, update);
    entries.set(doc.id, { ...entry, isVectorNew: entry.isVectorNew || isNew(earlier) });
  }
  const changed = [...entries.values()];
  vectors.check(changed.filter(({ isVectorNew }) => isVectorNew));
  for (const { id, bytes } of changed) documents.put(id, bytes);
  await vectors.addMany(changed.filter(isNew));
  return { replaced: docs.length - notFound.length, ...listNotFound(notFound) };
}

/**
 * Removes the documents of the request and of parameter `ids`. With parameter `filter`, removes
 * only those of them that pass, or all that pass where the request names none.
 */
export async function deleteDocuments(
  content: IndexContent,
  docs: DocumentArray,
  parameters: Parameters,
): Promise<WriteResult> {
  const { documents } = content;
  const accepts = readRemovalFilter(parameters);
  const named = readIds(parameters);
  const ids = [...new Set([...docs.map((doc) => doc.id), ...(named ?? [])])];
  if (docs.length === 0 && named === undefined && accepts !== undefined)
    return removeAccepted(content, accepts);
  const stored = ids.filter((id) => documents.has(id));
  const removed = accepts === undefined ? stored : await acceptedOf(content, stored, accepts);
  remove(content, removed);
  return {
    deleted: removed.length,
    ...listNotFound(ids.filter((id) => !stored.includes(id))),
    ...(ids.length > 0 ? {} : { warning: warnOfNoIds(named) }),
  };
}

/** Removes every document, or those that pass parameter `filter`. */
export async function clearDocuments(
  content: IndexContent,
  parameters: Parameters,
): Promise<WriteResult> {
  const accepts = readRemovalFilter(parameters);
  if (accepts !== undefined) return removeAccepted(content, accepts);
  const ids = [...content.documents.ids()];
  remove(content, ids);
  return { deleted: ids.length };
}

/** Removes documents without a result: a write as the first version of jflow logged it. */
export function remove({ vectors, documents }: IndexContent, ids: readonly string[]): void {
  vectors.remove(ids);
  for (const id of ids) documents.delete(id);
}

async function removeAccepted(content: IndexContent, accepts: DocumentTest): Promise<WriteResult> {
  const ids = await acceptedOf(content, [...content.documents.ids()], accepts);
  remove(content, ids);
  return { deleted: ids.length };
}

async function acceptedOf(
  { documents }: IndexContent,
  ids: readonly string[],
  accepts: DocumentTest,
): Promise<string[]> {
  const read = (id: string): Document | undefined => {
    const bytes = documents.get(id);
    return bytes && Document.decode(bytes);
  };
  const found = await takeAccepted(ids, { limit: ids.length, offset: 0, accepts, read });
  return found.map(({ id }) => id);
}

function warnOfNoIds(named: readonly string[] | undefined): string {
  return named === undefined
    ? "nothing was deleted: the request has no document, no parameter ids and no parameter filter"
    : "nothing was deleted: parameter ids is an empty list";
}

function listNotFound(ids: readonly string[]): WriteResult {
  return ids.length === 0 ? {} : { not_found: ids };
}

/** One document of an update: the stored one, and the one of the request. */
interface Update {
  readonly stored: Document;
  readonly given: Document;
  readonly isReplacing: boolean;
}

function updateEntry(
  { isRouted, vectors }: IndexContent,
  { stored, given, isReplacing }: Update,
): Entry {
  if (isRouted) keepRouting(stored, given);
  const isVectorNew = isReplacing || vectors.reader.changes(given);
  if (!isReplacing) mergeInto(stored, given);
  return { ...readEntry(vectors, isReplacing ? given : stored), isVectorNew };
}

/** Gives the routing of the stored document to the given one. Throws where it has another. */
function keepRouting(stored: Document, given: Document): void {
  const before = routingOf(stored);
  const after = routingOf(given);
  if (after === undefined && before !== undefined) given.tags = { ...given.tags, _routing: before };
  if (after !== undefined && after !== before)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `document "${given.id}" has another _routing: /update cannot move a document to another shard, post the whole document to /index`,
    );
}

/** Returns the tag `_routing` as the gateway reads it: a number as text. */
function routingOf({ tags }: Document): string | undefined {
  const tag = tags["_routing"];
  return typeof tag === "string" || typeof tag === "number" ? String(tag) : undefined;
}

function isNew(entry: Entry | undefined): boolean {
  return entry?.isVectorNew ?? false;
}

/**
 * Reads the vector from a second `Document`, so that the one in the request stays undecoded and is
 * sent back byte for byte.
 */
function readEntry(vectors: AnyIndex, doc: Document): Entry {
  if (doc.id === "") throw new JflowError("INVALID_ARGUMENT", "a document has no id");
  const bytes = doc.encode();
  const vector = vectors.reader.read(Document.decode(bytes));
  return { id: doc.id, bytes, vector, isVectorNew: true };
}

function copyOf(doc: Document): Document {
  return Document.decode(doc.encode());
}
