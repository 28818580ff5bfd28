import { Readable } from "node:stream";
import { documentFromJson, isDocumentField } from "../../../document/json/json-document.ts";
import { stringifyDocuments } from "../../../document/json/parse-documents.ts";
import { isJsonObject, type JsonObject } from "../../../util/json-object.ts";
import { MAX_INPUT_LINE_BYTES } from "../../../util/limits/clients.ts";
import type { Piece } from "../bytes/piece-buffer.ts";
import { splitLines } from "../bytes/split-lines.ts";
import { splitList, startsList } from "../bytes/split-list.ts";
import { splitValues } from "../bytes/split-values.ts";
import { describeMisfits, describeMissingId, renameKeys, UnusedKeys } from "../items/field-map.ts";
import type { InputText, RecordOptions } from "../items/input-text.ts";
import { toInput, type InputItem, type InputLocation } from "../items/input.ts";
import { BulkReader } from "./bulk.ts";
import { readFailedRow, unpackExport, type FailedRow } from "./exports.ts";
import { tryParse, type ParsedText } from "./try-parse.ts";
import { findRounded } from "./rounded-tags.ts";

/**
 * Reads JSON Lines, one JSON array of documents, or JSON objects on any number of lines. Reads the
 * exports of other programs and the file of `--errors` as the documents in them.
 */
export async function* readJson(
  text: InputText,
  options: RecordOptions,
): AsyncGenerator<InputItem> {
  const bulk = new BulkReader();
  const unused = new UnusedKeys(options.map);
  let location = { source: text.source, line: 1 };
  for await (const piece of split(text)(text.chunks, MAX_INPUT_LINE_BYTES)) {
    location = { source: text.source, line: piece.number };
    for (const value of await valuesOf(piece)) {
      const row = "value" in value ? readFailedRow(value.value) : undefined;
      const records = row === undefined ? bulk.next(value) : await readRow(row);
      for (const record of records) yield* readRecord(record, { location, options, unused });
    }
  }
  for (const record of bulk.end()) yield* readRecord(record, { location, options, unused });
  for (const each of unused.describe()) yield notice(location, each);
}

const ROW_TEXT = 'the "text" of this row is still';

/** Returns the document of a row of the file of `--errors`, or the values of its text. */
async function readRow(row: FailedRow): Promise<readonly ParsedText[]> {
  if ("document" in row) return [{ value: row.document, text: stringifyDocuments(row.document) }];
  const bulk = new BulkReader();
  const values = await valuesOf({ text: row.text, number: 1 });
  return [...values.flatMap((value) => bulk.next(value)), ...bulk.end()].map((each) =>
    "error" in each
      ? { text: row.text, error: each.error.replace(/^not valid/, `${ROW_TEXT} not valid`) }
      : each,
  );
}

/** Returns how the text is split into documents. */
function split({ start }: InputText): typeof splitLines {
  if (startsList(start) === true) return splitList;
  const [first = "", second] = start
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const isCut = first.trimStart().startsWith("{") && "error" in tryParse(first);
  const goesOn = /[{[,:]\s*$/.test(first) || !second?.trimStart().startsWith("{");
  return isCut && second !== undefined && goesOn ? splitValues : splitLines;
}

/** Returns the values of a piece: one, or several with nothing but commas between them. */
async function valuesOf(piece: Piece): Promise<readonly ParsedText[]> {
  if ("problem" in piece) return [{ text: piece.start, error: piece.problem }];
  if (piece.text.trim() === "") return [];
  const whole = { text: piece.text, ...tryParse(piece.text) };
  if ("value" in whole) return [whole];
  const text = piece.text.replaceAll(/^[\uFEFF\s]*,?|,\s*$/g, "").trim();
  if (text === "") return [];
  const values = text.startsWith("{") && text.endsWith("}") ? await splitObjects(text) : [];
  const isValid = values.length > 0 && values.every((value) => "value" in value);
  return isValid ? values : [{ text: piece.text, ...tryParse(text) }];
}

async function splitObjects(text: string): Promise<readonly ParsedText[]> {
  const values: ParsedText[] = [];
  for await (const part of splitValues(Readable.from([Buffer.from(text)]), MAX_INPUT_LINE_BYTES)) {
    const value = "text" in part ? part.text.replace(/^\s*,/, "") : "";
    values.push({ text: value, ...tryParse(value) });
  }
  return values;
}

interface RecordContext {
  readonly location: InputLocation;
  readonly options: RecordOptions;
  /** Loses the keys of each record. */
  readonly unused: UnusedKeys;
}

/** Reads a document, or an export with several. */
export function* readRecord(record: ParsedText, context: RecordContext): Generator<InputItem> {
  if ("error" in record) {
    yield bad(context.location, record.error, record.text);
    return;
  }
  const documents = unpackExport(record.value);
  for (const each of documents) {
    const text = each === record.value ? record.text : stringifyDocuments(each);
    yield* readDocument(each, text, context);
  }
}

function* readDocument(
  value: unknown,
  text: string,
  { location, options, unused }: RecordContext,
): Generator<InputItem> {
  if (!isJsonObject(value)) {
    yield bad(location, "a document must be a JSON object", text);
    return;
  }
  unused.remove(Object.keys(value));
  const json = renameKeys(value, options.map);
  const missing = describeMissingId(json, options.map);
  if (missing !== undefined) {
    yield bad(location, missing, text);
    return;
  }
  try {
    const document = documentFromJson(json, { unknownKeys: "tags" });
    if (hasNoField(json)) yield notice(location, NO_FIELD);
    if (/\d{16}|e\+?\d{3}/i.test(text))
      for (const name of findRounded(document.tags)) yield notice(location, describeRounded(name));
    yield { kind: "document", document: toInput(document, location) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    yield bad(location, describeMisfits(json, "key") ?? message, text);
  }
}

const NO_FIELD =
  "no key is a document field, such as id or text: all keys are tags (--id and --map name the fields)";

function hasNoField(json: JsonObject): boolean {
  const keys = Object.keys(json);
  return keys.length > 0 && !keys.some(isDocumentField);
}

function describeRounded(tag: string): string {
  return `the tag "${tag}" holds numbers above 2^53, which are rounded: write them as text`;
}

function notice({ source }: InputLocation, text: string): InputItem {
  return { kind: "notice", source, text };
}

function bad(location: InputLocation, reason: string, text: string): InputItem {
  return { kind: "bad", location, reason, text };
}
