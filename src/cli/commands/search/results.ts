import type { Document } from "../../../document/document.ts";
import { documentToJson } from "../../../document/json/json-document.ts";
import { toOneLine } from "../../terminal/display-text.ts";
import { formatTable, type Column } from "../../terminal/table.ts";
import { EMBEDDING_FIELDS } from "../post/embedding-fields.ts";

/** A found document as JSON, with its rank, from 1. */
export interface Result {
  readonly rank: number;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface ResultOptions {
  /** The id of the document that was sent. */
  readonly queryId: string;
  readonly limit: number;
  readonly offset: number;
  readonly withEmbeddings: boolean;
}

const MIN_TEXT_WIDTH = 12;
const MIN_CELL_WIDTH = 8;
const SCORE_DIGITS = 4;

/**
 * Returns the results in an answer: the matches of its documents, or the documents themselves if
 * the executor returns what it found in place of the query.
 */
export function listResults(
  documents: readonly Document[],
  { queryId, limit, offset, withEmbeddings }: ResultOptions,
): readonly Result[] {
  const matches = documents.flatMap((document) => document.matches);
  const found =
    matches.length > 0 ? matches : documents.filter((document) => document.id !== queryId);
  const without = withEmbeddings ? {} : { without: EMBEDDING_FIELDS };
  return found.slice(0, limit).map((document, i) => ({
    rank: offset + i + 1,
    json: documentToJson(document, { empty: "omit", ...without }),
  }));
}

/** Formats results as a table of rank, score, id and text, and a column for each of `fields`. */
export function formatResults(
  results: readonly Result[],
  fields: readonly string[],
  width: number | undefined,
): string {
  const columns: readonly Column<Result>[] = [
    { title: "RANK", value: ({ rank }) => String(rank), align: "right" },
    { title: "SCORE", value: ({ json }) => formatScore(json["scores"]), align: "right" },
    { title: "ID", value: ({ json }) => formatValue(json["id"]), cutTo: MIN_CELL_WIDTH },
    { title: "TEXT", value: ({ json }) => formatValue(json["text"]), cutTo: MIN_TEXT_WIDTH },
    ...fields
      .filter((field) => field !== "id" && field !== "text")
      .map((field) => ({
        title: field.toUpperCase(),
        value: ({ json }: Result) => formatValue(readField(json, field)),
        cutTo: MIN_CELL_WIDTH,
      })),
  ];
  return formatTable(columns, results, width);
}

/** Returns a result as JSON: all fields, or the id, the scores and the given fields. */
export function pickFields(
  { rank, json }: Result,
  fields: readonly string[],
): Readonly<Record<string, unknown>> {
  if (fields.length === 0) return { rank, ...json };
  const { id, scores } = json;
  const picked = fields.map((field) => [field, readField(json, field)] as const);
  return { rank, id, scores, ...Object.fromEntries(picked) };
}

/** Reads a field of the document, or a tag: `price`, `tags.price`, `tags.maker.name`. */
function readField(json: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(json, path)) return json[path];
  const tags = json["tags"];
  const keys = path.replace(/^tags(?:\.|__)/, "");
  return readPath(tags, [keys]) ?? readPath(tags, keys.split(/\.|__/));
}

function readPath(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (at, key) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, key)
        ? (at as Record<string, unknown>)[key]
        : undefined,
    value,
  );
}

function formatScore(scores: unknown): string {
  const [first] = Object.values((scores ?? {}) as Record<string, { value?: unknown }>);
  const value = first?.value;
  return typeof value === "number" ? value.toFixed(SCORE_DIGITS) : formatValue(value);
}

function formatValue(value: unknown): string {
  if (value === undefined || value === null || value === "") return "-";
  if (Array.isArray(value) && value.length > 0) return value.map(formatValue).join(", ");
  return toOneLine(typeof value === "string" ? value : JSON.stringify(value));
}
