import { ProtoWriter } from "../util/protobuf/proto-writer.ts";
import { embeddingField, tensorField } from "./v1/array-codecs.ts";
import { FIELD, PLAIN, sameBytes, type FieldCodec, type NamedScore } from "./v1/field-codecs.ts";
import type { DocumentInit } from "./document-init.ts";
import { documentFormatOf } from "./v2/document-format.ts";
import { V2Fields } from "./translation/v2-fields.ts";
import { toFormat } from "./translation/to-format.ts";
import { JflowError } from "../util/errors.ts";
import { V1Fields, type DocumentFields } from "./v1/v1-fields.ts";
import { translateRangeErrors } from "../util/malformed.ts";
import type { NdArray } from "./values/nd-array.ts";
import type { SparseVector } from "./values/sparse-vector.ts";

export type { NamedScore } from "./v1/field-codecs.ts";
export type { DocumentInit } from "./document-init.ts";

/** The documents of a request. */
export type DocumentArray = Document[];

/** The three fields of which the wire holds one: Jina's `oneof content`. */
const CONTENT: readonly number[] = [FIELD.blob, FIELD.tensor, FIELD.text];

/** What a `DocumentInit` may name. */
const FIELD_NAMES: ReadonlySet<string> = new Set([...Object.keys(FIELD), "sparseEmbedding"]);

const NO_BYTES = new Uint8Array(0);

/**
 * A document: Jina's fields in camelCase, never undefined but for `tensor`, `embedding` and
 * `sparseEmbedding`. One made from bytes decodes a field when it is asked for, and writes back byte
 * for byte what nobody touched. Of `text`, `blob` and `tensor` a document holds one: setting one to
 * a non-empty value clears the others. A new document has no id: the front gives one to documents
 * of a request, and whoever makes nested ones names them, so that every copy of a shard makes the
 * same.
 */
export class Document {
  #fields: DocumentFields;

  /** Throws `INVALID_ARGUMENT` for a key that is no field. */
  constructor(init: DocumentInit = {}) {
    this.#fields = new V1Fields(NO_BYTES);
    for (const [key, value] of Object.entries(init)) {
      if (!isFieldName(key))
        throw new JflowError("INVALID_ARGUMENT", `"${key}" is no field of a document`);
      if (value !== undefined && value !== null) this[key] = value as never;
    }
  }

  /**
   * Of Jina's `DocumentProto`, or docarray v2's `DocProto`. Keeps the bytes, which must not change.
   * Throws `INVALID_ARGUMENT` where they are malformed. One of docarray v2 is encoded as one again;
   * the plain ones of its fields for which this class has no name are read and set as tags.
   */
  static decode(bytes: Uint8Array): Document {
    const document = new Document();
    const format = translateRangeErrors("a document", () => documentFormatOf(bytes));
    document.#fields = format === "v2" ? new V2Fields(bytes) : new V1Fields(bytes);
    return document;
  }

  get id(): string {
    return this.#fields.get(PLAIN.id);
  }
  set id(value: string) {
    this.#fields.set(PLAIN.id, value);
  }

  get parentId(): string {
    return this.#fields.get(PLAIN.parentId);
  }
  set parentId(value: string) {
    this.#fields.set(PLAIN.parentId, value);
  }

  get granularity(): number {
    return this.#fields.get(PLAIN.granularity);
  }
  set granularity(value: number) {
    this.#fields.set(PLAIN.granularity, value);
  }

  get adjacency(): number {
    return this.#fields.get(PLAIN.adjacency);
  }
  set adjacency(value: number) {
    this.#fields.set(PLAIN.adjacency, value);
  }

  get text(): string {
    return this.#getContent(PLAIN.text);
  }
  set text(value: string) {
    this.#setContent(PLAIN.text, value, value === "");
  }

  /** Empty where there is none. */
  get blob(): Uint8Array {
    return this.#getContent(PLAIN.blob);
  }
  set blob(value: Uint8Array) {
    this.#setContent(PLAIN.blob, value, value.length === 0);
  }

  get tensor(): NdArray | undefined {
    return this.#getContent(tensorField);
  }
  set tensor(value: NdArray | undefined) {
    this.#setContent(tensorField, value, value === undefined);
  }

  get weight(): number {
    return this.#fields.get(PLAIN.weight);
  }
  set weight(value: number) {
    this.#fields.set(PLAIN.weight, value);
  }

  get uri(): string {
    return this.#fields.get(PLAIN.uri);
  }
  set uri(value: string) {
    this.#fields.set(PLAIN.uri, value);
  }

  get modality(): string {
    return this.#fields.get(PLAIN.modality);
  }
  set modality(value: string) {
    this.#fields.set(PLAIN.modality, value);
  }

  get mimeType(): string {
    return this.#fields.get(PLAIN.mimeType);
  }
  set mimeType(value: string) {
    this.#fields.set(PLAIN.mimeType, value);
  }

  get offset(): number {
    return this.#fields.get(PLAIN.offset);
  }
  set offset(value: number) {
    this.#fields.set(PLAIN.offset, value);
  }

  get location(): number[] {
    return this.#fields.get(PLAIN.location);
  }
  set location(value: number[]) {
    this.#fields.set(PLAIN.location, value);
  }

  get tags(): Record<string, unknown> {
    return this.#fields.get(PLAIN.tags);
  }
  set tags(value: Record<string, unknown>) {
    this.#fields.set(PLAIN.tags, value);
  }

  /** The dense embedding, whatever number type it came in. */
  get embedding(): Float32Array | undefined {
    const value = this.#fields.get(embeddingField);
    return value instanceof Float32Array ? value : undefined;
  }
  set embedding(value: Float32Array | readonly number[] | undefined) {
    this.#fields.set(
      embeddingField,
      value && !(value instanceof Float32Array) ? Float32Array.from(value) : value,
    );
  }

  /** The embedding, where it is a sparse matrix of one row. A document has this or `embedding`. */
  get sparseEmbedding(): SparseVector | undefined {
    const value = this.#fields.get(embeddingField);
    return value instanceof Float32Array ? undefined : value;
  }
  set sparseEmbedding(value: SparseVector | undefined) {
    this.#fields.set(embeddingField, value);
  }

  get scores(): Record<string, NamedScore> {
    return this.#fields.get(PLAIN.scores);
  }
  set scores(value: Record<string, NamedScore>) {
    this.#fields.set(PLAIN.scores, value);
  }

  get evaluations(): Record<string, NamedScore> {
    return this.#fields.get(PLAIN.evaluations);
  }
  set evaluations(value: Record<string, NamedScore>) {
    this.#fields.set(PLAIN.evaluations, value);
  }

  get chunks(): Document[] {
    return this.#fields.get(chunks);
  }
  set chunks(value: readonly (Document | DocumentInit)[]) {
    this.#fields.set(chunks, value.map(toDocument));
  }

  get matches(): Document[] {
    return this.#fields.get(matches);
  }
  set matches(value: readonly (Document | DocumentInit)[]) {
    this.#fields.set(matches, value.map(toDocument));
  }

  /**
   * In the form it was decoded from, or Jina's `DocumentProto`: the source itself where nothing was
   * touched. Throws `INVALID_ARGUMENT` for values the wire has no form for.
   */
  encode(): Uint8Array {
    const touched = this.#fields.touched(CODECS);
    if (touched === 0) return this.#fields.source;
    const writer = new ProtoWriter(this.#fields.source.length + 128);
    this.#fields.write(writer, CODECS, touched);
    return writer.finish();
  }

  #getContent<T>(codec: FieldCodec<T>): T {
    return this.#fields.holds(codec.field, CONTENT) ? this.#fields.get(codec) : codec.empty();
  }

  #setContent<T>(codec: FieldCodec<T>, value: T, isEmpty: boolean): void {
    if (!isEmpty && this.#fields.isExclusive) {
      this.#fields.set(PLAIN.text, "");
      this.#fields.set(PLAIN.blob, NO_BYTES);
      this.#fields.set(tensorField, undefined);
    }
    this.#fields.set(codec, value);
  }
}

const chunks = nestedField(FIELD.chunks);
const matches = nestedField(FIELD.matches);

/** Ascending by field number: the order in which changed fields are written. */
const CODECS: readonly FieldCodec<unknown>[] = [
  ...Object.values(PLAIN),
  embeddingField,
  tensorField,
  chunks,
  matches,
].toSorted((left, right) => left.field - right.field);

function nestedField(field: number): FieldCodec<Document[]> {
  return {
    field,
    mutable: true,
    empty: () => [],
    fold: (value, reader) => {
      value.push(Document.decode(reader.slice()));
      return value;
    },
    write: (writer, value) => {
      for (const document of value)
        writer.putBytes(field, toFormat(toDocument(document).encode(), "v1"));
    },
    encodeEach: (value) => value.map((document) => toDocument(document).encode()),
    same: (left, right) =>
      left.length === right.length &&
      left.every((document, i) => sameBytes(toDocument(document).encode(), right[i]!.encode())),
  };
}

function toDocument(value: Document | DocumentInit): Document {
  return value instanceof Document ? value : new Document(value);
}

function isFieldName(key: string): key is keyof DocumentInit {
  return FIELD_NAMES.has(key);
}
