import { BYTES, ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { JflowError } from "../../util/errors.ts";
import { translateRangeErrors } from "../../util/malformed.ts";
import { readDenseArray } from "../values/nd-array.ts";
import { NODE } from "./node.ts";
import { writeArray, writeFloat } from "./tensor-json.ts";
import { MAX_NODE_LEVELS } from "../../util/limits/documents.ts";

const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Writes a docarray v2 document (`DocProto`) as JSON text, as docarray does: floats with a point,
 * arrays as nested lists, bytes as text. Bytes that are not valid UTF-8, which docarray cannot
 * write, become base64. No schema is needed, because every node carries its type. Throws
 * `INVALID_ARGUMENT` for malformed bytes.
 */
export function writeV2Document(bytes: Uint8Array): string {
  return translateRangeErrors("a document", () => writeFields(new ProtoReader(bytes), 0));
}

/**
 * Returns the JSON value of a node of any type. Throws `RangeError` or `INVALID_ARGUMENT` for
 * malformed bytes.
 */
export function nodeToJson(node: Uint8Array): unknown {
  return JSON.parse(writeNode(new ProtoReader(node), 0));
}

/** Writes a map from names to nodes as a JSON object. The last entry of a name wins. */
function writeFields(reader: ProtoReader, level: number): string {
  if (level > MAX_NODE_LEVELS)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `documents are nested more than ${MAX_NODE_LEVELS} levels deep`,
    );
  const fields = new Map<string, string>();
  while (reader.next()) {
    if (reader.field !== 1) continue;
    const entry = reader.message();
    let name = "";
    let text = "null";
    while (entry.next()) {
      if (entry.field === 1) name = entry.string();
      else if (entry.field === 2) text = writeNode(entry.message(), level + 1);
    }
    fields.set(name, text);
  }
  return `{${[...fields].map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;
}

function writeNode(reader: ProtoReader, level: number): string {
  let text = "null";
  while (reader.next()) {
    if (reader.field !== NODE.type) text = writeContent(reader, level) ?? text;
  }
  return text;
}

function writeContent(reader: ProtoReader, level: number): string | undefined {
  switch (reader.field) {
    case NODE.text:
      return JSON.stringify(reader.string());
    case NODE.integer:
      return String(reader.int32());
    case NODE.float:
      return writeFloat(reader.double());
    case NODE.boolean:
      return String(reader.bool());
    case NODE.blob:
      return JSON.stringify(textOfBytes(reader.slice()));
    default:
      return reader.wireType === BYTES ? writeNested(reader, level) : undefined;
  }
}

function writeNested(reader: ProtoReader, level: number): string | undefined {
  switch (reader.field) {
    case NODE.array:
      return writeArrayContent(reader.message());
    case NODE.document:
    case NODE.dict:
      return writeFields(reader.message(), level);
    case NODE.documents:
      return writeList(reader.message(), (item) => writeFields(item, level + 1));
    case NODE.list:
    case NODE.set:
    case NODE.tuple:
      return writeList(reader.message(), (item) => writeNode(item, checkLevel(level + 1)));
    default:
      return undefined;
  }
}

function writeArrayContent(reader: ProtoReader): string {
  let text = "null";
  while (reader.next()) {
    if (reader.field === 1) text = writeArray(readDenseArray(reader.message()));
  }
  return text;
}

function writeList(reader: ProtoReader, write: (item: ProtoReader) => string): string {
  const items: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) items.push(write(reader.message()));
  }
  return `[${items.join(",")}]`;
}

function checkLevel(level: number): number {
  if (level <= MAX_NODE_LEVELS) return level;
  throw new RangeError(`more than ${MAX_NODE_LEVELS} levels`);
}

function textOfBytes(bytes: Uint8Array): string {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return Buffer.from(bytes).toString("base64");
    throw error;
  }
}
