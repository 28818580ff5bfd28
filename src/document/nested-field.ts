import { toFormat } from "./translation/to-format.ts";
import { sameBytes, type FieldCodec } from "./v1/field-codecs.ts";

/** Decodes and encodes one nested document. A user may have put an `Init` into the list. */
interface NestedCodec<T extends Init, Init> {
  readonly decode: (bytes: Uint8Array) => T;
  readonly encode: (document: Init) => Uint8Array;
}

/**
 * Returns the codec of a field that holds documents. A docarray v1 document holds docarray v1
 * documents only: `write` translates.
 */
export function nestedField<T extends Init, Init>(
  field: number,
  { decode, encode }: NestedCodec<T, Init>,
): FieldCodec<T[]> {
  return {
    field,
    mutable: true,
    empty: () => [],
    fold: (value, reader) => {
      value.push(decode(reader.slice()));
      return value;
    },
    write: (writer, value) => {
      for (const document of value) writer.putBytes(field, toFormat(encode(document), "v1"));
    },
    encodeEach: (value) => value.map((document) => encode(document)),
    same: (left, right) =>
      left.length === right.length &&
      left.every((document, i) => sameBytes(encode(document), encode(right[i]!))),
  };
}
