import { isJsonObject } from "../../util/json-object.ts";

/** A name such as `tags__deep.color`, and the places where one of its keys may end. */
export interface FieldPath {
  readonly name: string;
  readonly cuts: readonly { readonly end: number; readonly next: number | undefined }[];
}

const SEPARATOR = /__|\./gu;

export function parseFieldPath(name: string): FieldPath {
  const separators = [...name.matchAll(SEPARATOR)].map(({ index, 0: { length } }) => ({
    end: index,
    next: index + length,
  }));
  return { name, cuts: [...separators, { end: name.length, next: undefined }] };
}

/** Returns the first key of a path. */
export function rootOf({ name, cuts }: FieldPath): string {
  return name.slice(0, cuts[0]!.end);
}

/**
 * Returns the values under a path. Returns an empty list if the path does not exist. A key may
 * itself contain `.` or `__`: the longest key that leads to a value wins. A number selects an item
 * of a list. With `spreads`, a path also goes through every item of a list, as in MongoDB. Only own
 * properties are read.
 */
export function readPath(root: unknown, path: FieldPath, spreads: boolean): readonly unknown[] {
  return readFrom(root, 0);

  function readFrom(value: unknown, start: number): readonly unknown[] {
    if (Array.isArray(value)) {
      const item = readKeys(value, start);
      if (item.length > 0 || !spreads) return item;
      return value.flatMap((each: unknown) => (isJsonObject(each) ? readKeys(each, start) : []));
    }
    return isJsonObject(value) ? readKeys(value, start) : [];
  }

  function readKeys(holder: object, start: number): readonly unknown[] {
    for (const { end, next } of path.cuts.toReversed()) {
      if (end < start) break;
      const key = path.name.slice(start, end);
      if (!Object.hasOwn(holder, key) || (Array.isArray(holder) && key === "length")) continue;
      const value = (holder as Readonly<Record<string, unknown>>)[key];
      const found = next === undefined ? [value] : readFrom(value, next);
      if (found.length > 0) return found;
    }
    return [];
  }
}
