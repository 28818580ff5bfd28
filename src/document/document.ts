import { ProtoWriter } from "../util/protobuf/proto-writer.ts";
import { denseOf, embeddingField, sparseOf, tensorField, toDense } from "./v1/array-codecs.ts";
import { FIELD, PLAIN, type FieldCodec, type NamedScore } from "./v1/field-codecs.ts";
import { isFieldName, type DocumentInit } from "./document-init.ts";
import { nestedField } from "./nested-field.ts";
import { documentFormatOf, type DocumentFormat } from "./v2/document-format.ts";
import { V2Fields } from "./translation/v2-fields.ts";
import { JflowError } from "../util/errors.ts";
import { V1Fields, type DocumentFields } from "./v1/v1-fields.ts";
import { translateRangeErrors } from "../util/malformed.ts";
import type { NdArray } from "./values/nd-array.ts";
import type { SparseVector } from "./values/sparse-vector.ts";

/** The documents of a request. */
export type DocumentArray = Document[];

/** Jina's `oneof content`: a document holds one of these three fields. */
const CONTENT: readonly number[] = [FIELD.blob, FIELD.tensor, FIELD.text];
const NO_BYTES = new Uint8Array(0);

/**
 * A document: Jina's fields in camelCase. `tensor`, `embedding` and `sparseEmbedding` may be
 * undefined; other fields have empty values, such as a blob of length 0. A decoded document decodes
 * a field on first access, and `encode` writes unchanged fields back byte for byte. A docarray v1
 * document holds one of `text`, `blob` and `tensor`: setting one clears the others. The gateway
 * gives an id to the documents of a request, an executor to the nested documents that it makes.
 */
export class Document {
  #fields: DocumentFields;

  /** Throws `INVALID_ARGUMENT` for a key that is not a field of a document. */
  constructor(init: DocumentInit = {}) {
    this.#fields = new V1Fields(NO_BYTES);
    for (const [key, value] of Object.entries(init)) {
      if (!isFieldName(key))
        throw new JflowError("INVALID_ARGUMENT", `"${key}" is not a field of a document`);
      if (value !== undefined && value !== null) this[key] = value as never;
    }
  }

  /**
   * Decodes a document of docarray v1 (`DocumentProto`) or docarray v2 (`DocProto`). `encode` keeps
   * the format. Other fields of a docarray v2 document are in `tags`. The document keeps `bytes`,
   * which must not change. Throws `INVALID_ARGUMENT` for malformed bytes.
   */
  static decode(bytes: Uint8Array): Document {
    const document = toDocument({}); // A bundle renames a class that names itself.
    const format = translateRangeErrors("a document", () => documentFormatOf(bytes));
    document.#fields = format === "v2" ? new V2Fields(bytes) : new V1Fields(bytes);
    return document;
  }

  /** The docarray format that `encode` writes: v1 for a new document. */
  get format(): DocumentFormat {
    return this.#fields.isExclusive ? "v1" : "v2";
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

  /** The dense embedding, 32-bit floats in C order. To set another shape, assign an `NdArray`. */
  get embedding(): Float32Array | undefined {
    return denseOf(this.#fields.get(embeddingField))?.values;
  }
  set embedding(value: Float32Array | readonly number[] | NdArray | undefined) {
    this.#fields.set(embeddingField, value && toDense(value));
  }

  /** The shape of the dense embedding: `[n]` for a vector of n numbers. */
  get embeddingShape(): readonly number[] | undefined {
    return denseOf(this.#fields.get(embeddingField))?.shape;
  }

  /** The sparse embedding: a matrix of one row. A document has this or `embedding`, not both. */
  get sparseEmbedding(): SparseVector | undefined {
    return sparseOf(this.#fields.get(embeddingField));
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
   * Encodes the document in its format. Returns the bytes that were passed to `decode` if no field
   * changed. Throws `INVALID_ARGUMENT` for a value that protobuf cannot hold.
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

const nested = {
  decode: (bytes: Uint8Array): Document => Document.decode(bytes),
  encode: (value: Document | DocumentInit): Uint8Array => toDocument(value).encode(),
};
const chunks = nestedField(FIELD.chunks, nested);
const matches = nestedField(FIELD.matches, nested);

/** In the order of field numbers, in which changed fields are written. */
const CODECS: readonly FieldCodec<unknown>[] = [
  ...Object.values(PLAIN),
  embeddingField,
  tensorField,
  chunks,
  matches,
].toSorted((left, right) => left.field - right.field);

function toDocument(value: Document | DocumentInit): Document {
  return value instanceof Document ? value : new Document(value);
}
