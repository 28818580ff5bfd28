import {
  MERGE_EXCLUDED,
  joinRecords,
  nestedDocuments,
  nestedRecords,
  scanDocument,
  type NestedField,
  type ScannedDocument,
  type ScannedField,
} from "../../document/scan/document-scan.ts";
import { readDocumentId } from "../../document/scan/document-values.ts";

const NESTED: readonly NestedField[] = ["matches", "chunks"];
/** A `DocumentProto` holds only one of these fields: blob, tensor, text. */
const CONTENT: ReadonlySet<number | string> = new Set([2, 3, 4]);

/** The rule that makes one list of the nested documents of several documents with one id. */
export interface NestedRule {
  merge(lists: readonly (readonly Uint8Array[])[]): readonly Uint8Array[];
  /** Whether the only list that is not empty stays as it is. */
  readonly keepsOne: boolean;
}

export type NestedRules = Readonly<Record<NestedField, NestedRule>>;

const UNION: NestedRule = { merge: mergeDocuments, keepsOne: true };
/** The rule of Jina: chunks and matches are merged in the same way. */
export const UNITE_NESTED: NestedRules = { matches: UNION, chunks: UNION };

/**
 * Merges documents on bytes, as Jina's reduce does: the union by document id, left order first. If
 * two documents have the same id, the left one is kept, with the fields that only the right one
 * has. Matches and chunks are merged by the same rule. Nothing is sorted or cut. Documents without
 * an id are all different. A document to which nothing was added is the same slice as before.
 *
 * The rule:
 * https://github.com/jina-ai/jina/blob/v3.27.0/jina/serve/runtimes/worker/request_handling.py
 */
export function mergeDocuments(lists: readonly (readonly Uint8Array[])[]): Uint8Array[] {
  return groupById(lists).map((group) => mergeGroup(group, UNITE_NESTED));
}

/**
 * Groups the documents of all lists by id: groups in the order of their first member, members in
 * the order of the lists.
 */
export function groupById(lists: readonly (readonly Uint8Array[])[]): Uint8Array[][] {
  const groups: Uint8Array[][] = [];
  const byId = new Map<string, Uint8Array[]>();
  lists.forEach((list, index) => {
    for (const document of list) {
      const id = readDocumentId(document);
      const group = id === "" || index === 0 ? undefined : byId.get(id);
      if (group) {
        group.push(document);
        continue;
      }
      const fresh = [document];
      groups.push(fresh);
      if (id !== "") byId.set(id, fresh);
    }
  });
  return groups;
}

/** Merges documents with the same id. */
export function mergeGroup(group: readonly Uint8Array[], rules: NestedRules): Uint8Array {
  const first = group[0]!;
  if (group.length === 1 && rules.matches.keepsOne && rules.chunks.keepsOne) return first;
  const scanned = group
    .map(scanDocument)
    .filter((document, _, [left]) => document.format === left!.format);
  const fields = new Map(scanned[0]!.fields);
  let isChanged = false;
  for (const right of scanned.slice(1)) isChanged = addMissingFields(fields, right) || isChanged;
  for (const field of NESTED)
    isChanged = mergeNested(fields, scanned, field, rules[field]) || isChanged;
  return isChanged ? joinRecords([...fields.values()].flatMap((field) => field.records)) : first;
}

function addMissingFields(
  fields: Map<number | string, ScannedField>,
  right: ScannedDocument,
): boolean {
  let isChanged = false;
  for (const [key, field] of right.fields) {
    if (field.empty || MERGE_EXCLUDED.has(key)) continue;
    const own = fields.get(key);
    if (own && !own.empty) continue;
    if (CONTENT.has(key)) CONTENT.forEach((other) => fields.delete(other));
    fields.set(key, field);
    isChanged = true;
  }
  return isChanged;
}

function mergeNested(
  fields: Map<number | string, ScannedField>,
  group: readonly ScannedDocument[],
  field: NestedField,
  rule: NestedRule,
): boolean {
  const lists = group.map((document) => nestedDocuments(document, field));
  const isEmpty = (list: readonly Uint8Array[]): boolean => list.length === 0;
  if (lists.every(isEmpty) || (rule.keepsOne && lists.slice(1).every(isEmpty))) return false;
  const { format } = group[0]!;
  const records = nestedRecords(format, field, rule.merge(lists));
  const key = format === "v2" ? field : NUMBER_OF[field];
  fields.set(key, { key, records, empty: records.length === 0 });
  return true;
}

/** Field numbers of a `DocumentProto`. */
const NUMBER_OF: Readonly<Record<NestedField, number>> = { chunks: 14, matches: 15 };
