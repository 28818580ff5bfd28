import { BYTES, type ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { fromFloat32, readNumbers, toFloat32 } from "../values/nd-array.ts";
import { checkId } from "../values/whole-text.ts";
import { decodeStruct, encodeStruct, setKey } from "../values/struct.ts";

/** Field numbers of docarray v1's `DocumentProto`. */
export const FIELD = {
  id: 1,
  blob: 2,
  tensor: 3,
  text: 4,
  granularity: 5,
  adjacency: 6,
  parentId: 7,
  weight: 8,
  uri: 9,
  modality: 10,
  mimeType: 11,
  offset: 12,
  location: 13,
  chunks: 14,
  matches: 15,
  embedding: 16,
  tags: 17,
  scores: 18,
  evaluations: 19,
} as const;

/** One named score of a document (`NamedScoreProto`). */
export interface NamedScore {
  value: number;
  opName?: string;
  description?: string;
  refId?: string;
}

/**
 * Reads and writes one field of a document. `fold` receives the value so far and the next record of
 * the field. A singular field is replaced by the record; a repeated field grows by it.
 */
export interface FieldCodec<T> {
  readonly field: number;
  /**
   * The value can be changed in place, so a value that was read is compared before it is written.
   */
  readonly mutable: boolean;
  empty(): T;
  fold(value: T, reader: ProtoReader): T;
  /** Writes nothing for the empty value. */
  write(writer: ProtoWriter, value: T): void;
  /** For a field that holds documents: encodes each one in its own format. */
  encodeEach?(value: T): readonly Uint8Array[];
  /** Absent: a value that was read always counts as changed. */
  same?(left: T, right: T): boolean;
}

function textField(field: number): FieldCodec<string> {
  return {
    field,
    mutable: false,
    empty: () => "",
    fold: (_, reader) => reader.string(),
    write: (writer, value) => void writer.string(field, value),
  };
}

/** `write` throws `INVALID_ARGUMENT` for an id with half of a surrogate pair. */
function idField(name: "id" | "parent_id", field: number): FieldCodec<string> {
  return {
    ...textField(field),
    write: (writer, value) => {
      checkId(name, value);
      writer.string(field, value);
    },
  };
}

function uintField(field: number): FieldCodec<number> {
  return {
    field,
    mutable: false,
    empty: () => 0,
    fold: (_, reader) => reader.uint(),
    write: (writer, value) => void writer.uint(field, value),
  };
}

function floatField(field: number): FieldCodec<number> {
  return {
    field,
    mutable: false,
    empty: () => 0,
    fold: (_, reader) => reader.float(),
    write: (writer, value) => void writer.float(field, value),
  };
}

/** `fold` copies the blob: the source may be a request that other readers share. */
const blobField: FieldCodec<Uint8Array> = {
  field: FIELD.blob,
  mutable: true,
  empty: () => new Uint8Array(0),
  fold: (_, reader) => Uint8Array.from(reader.slice()),
  write: (writer, value) => void writer.bytes(FIELD.blob, value),
  same: sameBytes,
};

const locationField: FieldCodec<number[]> = {
  field: FIELD.location,
  mutable: true,
  empty: () => [],
  fold: (value, reader) => {
    if (reader.wireType !== BYTES) readNumbers(reader, value);
    else value.push(...toFloat32({ dtype: "<f4", shape: [], buffer: wholeFloats(reader.slice()) }));
    return value;
  },
  write: (writer, value) =>
    void writer.bytes(FIELD.location, fromFloat32(Float32Array.from(value)).buffer),
  same: (left, right) =>
    left.length === right.length && left.every((value, i) => value === right[i]),
};

const tagsField: FieldCodec<Record<string, unknown>> = {
  field: FIELD.tags,
  mutable: true,
  empty: () => ({}),
  fold: (_, reader) => decodeStruct(reader.slice()),
  write: (writer, value) => {
    const struct = encodeStruct(value);
    writer.bytes(FIELD.tags, struct);
  },
  same: (left, right) => sameBytes(encodeStruct(left), encodeStruct(right)),
};

function scoresField(field: number): FieldCodec<Record<string, NamedScore>> {
  return {
    field,
    mutable: true,
    empty: () => ({}),
    fold: (value, reader) => {
      const [name, score] = readScoreEntry(reader.message());
      setKey(value, name, score);
      return value;
    },
    write: (writer, value) => {
      for (const [name, score] of Object.entries(value)) {
        writer.putBytes(
          field,
          new ProtoWriter(32).putString(1, name).putBytes(2, encodeScore(score)).finish(),
        );
      }
    },
    same: sameScores,
  };
}

function readScoreEntry(entry: ProtoReader): [string, NamedScore] {
  let name = "";
  let score: NamedScore = { value: 0 };
  while (entry.next()) {
    if (entry.field === 1) name = entry.string();
    else if (entry.field === 2) score = readScore(entry.message());
  }
  return [name, score];
}

function readScore(reader: ProtoReader): NamedScore {
  const score: NamedScore = { value: 0 };
  while (reader.next()) {
    if (reader.field === 1) score.value = reader.float();
    else if (reader.field === 2) score.opName = reader.string();
    else if (reader.field === 3) score.description = reader.string();
    else if (reader.field === 4) score.refId = reader.string();
  }
  return score;
}

function encodeScore(score: NamedScore): Uint8Array {
  return new ProtoWriter(32)
    .float(1, score.value)
    .string(2, score.opName ?? "")
    .string(3, score.description ?? "")
    .string(4, score.refId ?? "")
    .finish();
}

function sameScores(left: Record<string, NamedScore>, right: Record<string, NamedScore>): boolean {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every(
      (name) =>
        right[name] !== undefined && sameBytes(encodeScore(left[name]!), encodeScore(right[name])),
    )
  );
}

function wholeFloats(bytes: Uint8Array): Uint8Array {
  if (bytes.length % 4 !== 0) throw new RangeError("a packed list of floats is truncated");
  return bytes;
}

/** Returns whether two arrays hold the same bytes. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}

/** The codecs of the fields that hold neither documents nor arrays. */
export const PLAIN = {
  id: idField("id", FIELD.id),
  blob: blobField,
  text: textField(FIELD.text),
  granularity: uintField(FIELD.granularity),
  adjacency: uintField(FIELD.adjacency),
  parentId: idField("parent_id", FIELD.parentId),
  weight: floatField(FIELD.weight),
  uri: textField(FIELD.uri),
  modality: textField(FIELD.modality),
  mimeType: textField(FIELD.mimeType),
  offset: floatField(FIELD.offset),
  location: locationField,
  tags: tagsField,
  scores: scoresField(FIELD.scores),
  evaluations: scoresField(FIELD.evaluations),
};
