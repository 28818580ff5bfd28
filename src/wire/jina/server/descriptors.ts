import { BYTES, ProtoReader } from "../../../util/protobuf/proto-reader.ts";

/** Field numbers of `google/protobuf/descriptor.proto`. */
const SET_FILE = 1;
const FILE = { name: 1, package: 2, dependency: 3, message: 4, enum: 5, service: 6 } as const;
const MESSAGE = { name: 1, field: 2, message: 3, enum: 4, oneof: 8 } as const;
const NAME = 1;
/** The values of an enum and the methods of a service. */
const MEMBERS = 2;

interface DescriptorFile {
  readonly bytes: Uint8Array;
  readonly dependencies: readonly string[];
}

/** The files of a `FileDescriptorSet`, by their names and by the symbols that they define. */
export class Descriptors {
  readonly #files = new Map<string, DescriptorFile>();
  readonly #fileOfSymbol = new Map<string, string>();

  constructor(set: Uint8Array) {
    const reader = new ProtoReader(set);
    while (reader.next()) if (reader.field === SET_FILE) this.#addFile(reader.slice());
  }

  /**
   * Returns the file of this name and, after it, every file that it imports. Undefined if the file
   * does not exist.
   */
  findByName(name: string): readonly Uint8Array[] | undefined {
    if (!this.#files.has(name)) return undefined;
    const names = new Set([name]);
    for (const each of names)
      for (const dependency of this.#files.get(each)!.dependencies) names.add(dependency);
    return [...names].map((each) => this.#files.get(each)!.bytes);
  }

  /** Returns the file that defines a symbol, such as `jina.JinaRPC.Call`, as `findByName` does. */
  findBySymbol(symbol: string): readonly Uint8Array[] | undefined {
    const name = this.#fileOfSymbol.get(symbol);
    return name === undefined ? undefined : this.findByName(name);
  }

  #addFile(bytes: Uint8Array): void {
    const fields = readFields(bytes);
    const name = readText(fields, FILE.name);
    const scope = readText(fields, FILE.package);
    const symbols = [
      ...listEach(fields, FILE.message, (one) => listMessage(one, scope)),
      ...listEach(fields, FILE.enum, (one) => listMembers(one, scope, scope)),
      ...listEach(fields, FILE.service, (one) => listService(one, scope)),
    ];
    for (const symbol of symbols) this.#fileOfSymbol.set(symbol, name);
    this.#files.set(name, { bytes, dependencies: readTexts(fields, FILE.dependency) });
  }
}

type Fields = ReadonlyMap<number, readonly Uint8Array[]>;

/** Returns the texts and messages of a message, by field number. */
function readFields(bytes: Uint8Array): Fields {
  const fields = new Map<number, Uint8Array[]>();
  const reader = new ProtoReader(bytes);
  while (reader.next()) {
    if (reader.wireType !== BYTES) continue;
    fields.set(reader.field, [...(fields.get(reader.field) ?? []), reader.slice()]);
  }
  return fields;
}

function readTexts(fields: Fields, field: number): readonly string[] {
  return (fields.get(field) ?? []).map((bytes) => new TextDecoder().decode(bytes));
}

function readText(fields: Fields, field: number): string {
  return readTexts(fields, field)[0] ?? "";
}

function listEach(
  fields: Fields,
  field: number,
  list: (bytes: Uint8Array) => readonly string[],
): readonly string[] {
  return (fields.get(field) ?? []).flatMap(list);
}

function join(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}

/** Returns the names of a message and of everything in it. */
function listMessage(bytes: Uint8Array, scope: string): readonly string[] {
  const fields = readFields(bytes);
  const name = join(scope, readText(fields, MESSAGE.name));
  const readName = (one: Uint8Array): readonly string[] => [
    join(name, readText(readFields(one), NAME)),
  ];
  return [
    name,
    ...listEach(fields, MESSAGE.field, readName),
    ...listEach(fields, MESSAGE.oneof, readName),
    ...listEach(fields, MESSAGE.message, (one) => listMessage(one, name)),
    ...listEach(fields, MESSAGE.enum, (one) => listMembers(one, name, name)),
  ];
}

function listService(bytes: Uint8Array, scope: string): readonly string[] {
  return listMembers(bytes, scope, join(scope, readText(readFields(bytes), NAME)));
}

/**
 * Returns the names of an enum and its values, or of a service and its methods. The values of an
 * enum are in the scope around the enum.
 */
function listMembers(bytes: Uint8Array, scope: string, memberScope: string): readonly string[] {
  const fields = readFields(bytes);
  const members = (fields.get(MEMBERS) ?? []).map((one) =>
    join(memberScope, readText(readFields(one), NAME)),
  );
  return [join(scope, readText(fields, NAME)), ...members];
}
