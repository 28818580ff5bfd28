import { stringifyDocuments } from "../../../document/json/parse-documents.ts";
import { isJsonObject } from "../../../util/json-object.ts";
import { withOwn } from "./records.ts";
import type { Parsed, ParsedText } from "./try-parse.ts";

/** An action of Elasticsearch's bulk format, which the line of its document follows. */
interface BulkAction {
  readonly kind: "index" | "create" | "update" | "delete";
  readonly id: unknown;
}

const KINDS: ReadonlySet<string> = new Set(["index", "create", "update", "delete"]);
const SETTINGS: ReadonlySet<string> = new Set([
  "_id",
  "_index",
  "_type",
  "_routing",
  "routing",
  "require_alias",
  "retry_on_conflict",
  "version",
  "version_type",
  "pipeline",
]);

const DELETES = "this line deletes a document: post its id to /delete";
const NO_ACTION = 'no action such as {"index":{"_id":"a"}} stands before this document';
const NO_DOCUMENT = "the document of this action is missing";
const NO_FIELDS = 'this line updates a document without a "doc"';

/** An action line, or a line in the place of one. The line of its document follows. */
interface Before {
  readonly text: string;
  readonly line: BulkAction | { readonly error: string };
}

/**
 * Joins the lines of Elasticsearch's bulk format
 * (https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk) to documents. Values
 * of any other text pass through.
 */
export class BulkReader {
  #isBulk = false;
  #before: Before | undefined;

  /** Returns the values that the next line completes. */
  next(parsed: ParsedText): readonly ParsedText[] {
    const { text } = parsed;
    const action = "value" in parsed ? readAction(parsed.value) : undefined;
    const before = this.#before;
    this.#before = undefined;
    if (before !== undefined) return this.#complete(before, parsed, action);
    this.#isBulk ||= action !== undefined;
    if (!this.#isBulk) return [parsed];
    if (action?.kind === "delete") return [{ text, error: DELETES }];
    if (action === undefined && "value" in parsed) return [{ text, error: NO_ACTION }];
    this.#before = { text, line: action ?? (parsed as { error: string }) };
    return [];
  }

  /** Returns the document of the line before. After a broken action line, both lines are bad. */
  #complete(
    { text, line }: Before,
    parsed: ParsedText,
    action: BulkAction | undefined,
  ): readonly ParsedText[] {
    if (!("error" in line)) return [join(text, line, parsed)];
    const { error } = line;
    return action === undefined
      ? [{ text: `${text}\n${parsed.text}`, error }]
      : [{ text, error }, ...this.next(parsed)];
  }

  /** Returns what is left after the last line. */
  end(): readonly ParsedText[] {
    if (this.#before === undefined) return [];
    const { text, line } = this.#before;
    return [{ text, error: "error" in line ? line.error : NO_DOCUMENT }];
  }
}

/** Returns undefined for a document. */
function readAction(json: unknown): BulkAction | undefined {
  if (!isJsonObject(json)) return undefined;
  const [[kind, settings] = ["", undefined], ...more] = Object.entries(json);
  if (more.length > 0 || !KINDS.has(kind) || !isJsonObject(settings)) return undefined;
  const isKnown = Object.keys(settings).every((name) => SETTINGS.has(name));
  if (!isKnown && !("_id" in settings || "_index" in settings)) return undefined;
  return { kind: kind as BulkAction["kind"], id: settings["_id"] };
}

/** Returns the document of an action. Its text is one value, or both lines if it has none. */
function join(actionText: string, action: BulkAction, parsed: ParsedText): ParsedText {
  const text = `${actionText}\n${parsed.text}`;
  const document = "value" in parsed ? documentOf(action, parsed.value) : parsed;
  return "value" in document
    ? { ...document, text: stringifyDocuments(document.value) }
    : { ...document, text };
}

/** An update holds the changed fields under `doc`. */
function documentOf(action: BulkAction, value: unknown): Parsed {
  if (!isJsonObject(value)) return { value };
  const doc = value["doc"] ?? value["upsert"];
  if (action.kind === "update" && !isJsonObject(doc)) return { error: NO_FIELDS };
  const fields = action.kind === "update" ? doc : value;
  return { value: action.id === undefined ? fields : withOwn(fields, { id: action.id }) };
}
