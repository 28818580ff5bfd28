import { documentFromJson } from "../../../document/json/json-document.ts";
import { parseDocuments } from "../../../document/json/parse-documents.ts";
import { isJsonObject } from "../../../util/json-object.ts";
import { MAX_INPUT_LINE_BYTES } from "../../../util/limits/clients.ts";
import { splitLines } from "../bytes/split-lines.ts";
import { splitList, startsList } from "../bytes/split-list.ts";
import { splitValues } from "../bytes/split-values.ts";
import { describeMisfits, renameKeys } from "../items/field-map.ts";
import type { InputText, RecordOptions } from "../items/input-text.ts";
import { toInput, type InputItem, type InputLocation } from "../items/input.ts";
import { documentOf, readBulkAction, type BulkAction } from "./bulk.ts";
import { readFailedRow, unpackExport } from "./exports.ts";
import { findRounded } from "./rounded-tags.ts";

/**
 * Reads JSON Lines, one JSON array of documents, or JSON objects on any number of lines. Reads the
 * exports of other programs and the file of `--errors` as the documents in them.
 */
export async function* readJson(
  text: InputText,
  options: RecordOptions,
): AsyncGenerator<InputItem> {
  let action: BulkAction | undefined;
  for await (const piece of split(text)(text.chunks, MAX_INPUT_LINE_BYTES)) {
    const location = { source: text.source, line: piece.number };
    if ("problem" in piece) yield bad(location, piece.problem, piece.start);
    else if (piece.text.trim() !== "") {
      const json = tryParse(piece.text);
      const next = action === undefined ? actionOf(json) : undefined;
      if (next?.kind === "delete") yield bad(location, DELETES, piece.text);
      if (next === undefined) yield* readPiece(piece.text, json, { location, options, action });
      action = next?.kind === "delete" ? undefined : next;
    }
  }
}

function actionOf(json: Parsed): BulkAction | undefined {
  return "value" in json ? readBulkAction(json.value) : undefined;
}

const DELETES = "this line deletes a document: post its id to /delete";

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

type Parsed = { readonly value: unknown } | { readonly error: string };

function tryParse(text: string): Parsed {
  try {
    return { value: parseDocuments(text) };
  } catch (error) {
    return { error: `not valid JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}

interface PieceContext {
  readonly location: InputLocation;
  readonly options: RecordOptions;
  readonly action: BulkAction | undefined;
}

function* readPiece(text: string, json: Parsed, context: PieceContext): Generator<InputItem> {
  const { location, options, action } = context;
  const own = "value" in json ? readOwnRow(json.value) : json;
  if ("error" in own) {
    yield bad(location, own.error, text);
    return;
  }
  const values = action === undefined ? unpackExport(own.value) : [documentOf(action, own.value)];
  for (const each of values) yield* readDocument(each, text, { location, options });
}

/** Returns the document in a row of the file of `--errors`, or any other value as it is. */
function readOwnRow(value: unknown): Parsed {
  const row = readFailedRow(value);
  if (row === undefined) return { value };
  if ("document" in row) return { value: row.document };
  const mended = tryParse(row.text);
  return "error" in mended ? { error: `the "text" of this row is still ${mended.error}` } : mended;
}

function* readDocument(
  value: unknown,
  text: string,
  { location, options }: Omit<PieceContext, "action">,
): Generator<InputItem> {
  try {
    const json = isJsonObject(value) ? renameKeys(value, options.map) : value;
    const document = documentFromJson(json, { unknownKeys: "tags" });
    if (/\d{16}/.test(text))
      for (const name of findRounded(document.tags))
        yield {
          kind: "notice",
          source: location.source,
          text: `the tag "${name}" holds whole numbers above 2^53, which are rounded: write them as text`,
        };
    yield { kind: "document", document: toInput(document, location) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const misfits = isJsonObject(value)
      ? describeMisfits(renameKeys(value, options.map), "key")
      : undefined;
    yield bad(location, misfits ?? message, text);
  }
}

function bad(location: InputLocation, reason: string, text: string): InputItem {
  return { kind: "bad", location, reason, text };
}
