import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { FIELD, type FieldCodec } from "../v1/field-codecs.ts";
import { isIn, V1Fields, type DocumentFields } from "../v1/v1-fields.ts";
import { translateRangeErrors } from "../../util/malformed.ts";
import { encodeValue } from "../v2/json-to-v2.ts";
import { encodeNodeMap, NODE } from "../v2/node.ts";
import { contentOf, readNodeMap, readNodeValue } from "../v2/node-value.ts";
import { isKnownName, readTags, v2ToV1 } from "./v2-to-v1.ts";
import { DOCUMENTS, encodeDictNode, encodeDocumentsNode, nameOf, readNodes } from "./v1-to-v2.ts";
import { toFormat } from "./to-format.ts";

type Nodes = Map<string, Uint8Array>;

const NOTHING = new Uint8Array(0);
const EMPTY_TEXT = encodeValue("");
const TEXTS: readonly number[] = [
  FIELD.id,
  FIELD.text,
  FIELD.parentId,
  FIELD.uri,
  FIELD.modality,
  FIELD.mimeType,
];

/**
 * The fields of a docarray v2 document under the names of docarray v1. The first access to a field
 * translates the document. `write` keeps the original nodes and replaces the changed ones. Nested
 * documents keep their format.
 */
export class V2Fields implements DocumentFields {
  readonly source: Uint8Array;
  /** In docarray v2, text, blob and tensor are independent fields. */
  readonly isExclusive = false;
  readonly #nodes: ReadonlyMap<string, Uint8Array>;
  #view: V1Fields | undefined;

  /** Keeps the bytes, which must not change. Throws `INVALID_ARGUMENT` for malformed bytes. */
  constructor(source: Uint8Array) {
    this.source = source;
    this.#nodes = translateRangeErrors("a document", () => readNodeMap(source));
  }

  get<T>(codec: FieldCodec<T>): T {
    return this.#translated().get(codec);
  }

  set<T>(codec: FieldCodec<T>, value: T): void {
    this.#translated().set(codec, value);
  }

  holds(): boolean {
    return true;
  }

  touched(codecs: readonly FieldCodec<unknown>[]): number {
    return this.#view?.touched(codecs) ?? 0;
  }

  write(writer: ProtoWriter, codecs: readonly FieldCodec<unknown>[], mask: number): void {
    const nodes: Nodes = new Map(this.#nodes);
    const view = this.#translated();
    const isNested = ({ field }: FieldCodec<unknown>): boolean => DOCUMENTS.has(field);
    const plain = new ProtoWriter(256);
    view.writeValues(
      plain,
      codecs.filter((codec) => !isNested(codec)),
      mask,
    );
    const made = readNodes(plain.finish(), (bytes) => bytes);
    for (const codec of codecs.filter(({ field }) => isIn(mask, field))) {
      if (isNested(codec)) setDocuments(nodes, codec.field, codec.encodeEach!(view.get(codec)));
      else if (codec.field === FIELD.tags) setTags(nodes, made.get("tags"));
      else setNode(nodes, codec.field, made);
    }
    writer.raw(encodeNodeMap(nodes));
  }

  #translated(): V1Fields {
    this.#view ??= new V1Fields(
      translateRangeErrors("a document", () =>
        v2ToV1(this.source, {
          nested: (bytes) => bytes,
          ownField: (node) => readNodeValue(node),
        }),
      ),
    );
    return this.#view;
  }
}

function setDocuments(nodes: Nodes, field: number, documents: readonly Uint8Array[]): void {
  nodes.set(nameOf(field), encodeDocumentsNode(documents.map((bytes) => toFormat(bytes, "v2"))));
}

/** Writes an empty text as an empty text: the schema of its reader may not allow null. */
function setNode(nodes: Nodes, field: number, made: ReadonlyMap<string, Uint8Array>): void {
  const name = nameOf(field);
  const node = made.get(name) ?? (TEXTS.includes(field) ? EMPTY_TEXT : undefined);
  const target = name === "url" && nodes.has("uri") ? "uri" : name;
  if (node === undefined) nodes.delete(target);
  else nodes.set(target, node);
}

/**
 * Sets the tags that are fields of the document in those fields, and all others in `tags`. An
 * unchanged tag keeps its node and thus its type.
 */
function setTags(nodes: Nodes, tags: Uint8Array | undefined): void {
  const before = readTags(nodes);
  const now = readTags(new Map([["tags", tags ?? NOTHING]]));
  const dict = readNodeMap(contentOf(nodes.get("tags") ?? NOTHING, NODE.dict) ?? NOTHING);
  const homeOf = (name: string): Nodes =>
    !dict.has(name) && nodes.has(name) && !isKnownName(name) ? nodes : dict;
  for (const name of Object.keys(before).filter((each) => !Object.hasOwn(now, each)))
    homeOf(name).delete(name);
  for (const [name, value] of Object.entries(now)) {
    if (!isSame(before, name, value)) homeOf(name).set(name, encodeValue(value));
  }
  if (dict.size > 0 || nodes.has("tags")) nodes.set("tags", encodeDictNode(dict));
}

function isSame(before: Readonly<Record<string, unknown>>, name: string, value: unknown): boolean {
  return Object.hasOwn(before, name) && JSON.stringify(before[name]) === JSON.stringify(value);
}
