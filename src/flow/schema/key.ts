import { z } from "zod";

/** The kinds of deployments that a key has an effect on. */
type Scope = "external" | "local" | "python";

/** What a key of the flow file is, in addition to its values and its meaning. */
export interface KeyOptions {
  /**
   * The property of the resolved flow that holds the value. Default: the key in camel case. `null`:
   * `resolve/` derives properties from the key.
   */
  readonly property?: string | null;
  /** Turns the property back into what a file states. Default: the value itself. */
  readonly write?: (value: never) => unknown;
  /** The printed flow leaves the key out where it has its default. */
  readonly isQuiet?: true;
  /** The deployments that the key has an effect on. Default: all. */
  readonly scope?: Scope;
  /** The value is a path or a list of paths, relative to the file that states it. */
  readonly isPath?: true;
  /** Jina's section `with` does not take the key. */
  readonly inWith?: false;
  /** The key is reserved, and only its default is accepted. The text is the hint of the error. */
  readonly notYet?: string;
  /** Words of Jina 2 and near misses of meaning, for which the error names this key. */
  readonly wrongNames?: readonly string[];
}

/** One key of the flow file. Default and description are part of the schema. */
export type Key<
  Schema extends z.ZodType = z.ZodType,
  Options extends KeyOptions = KeyOptions,
> = Options & { readonly schema: Schema };

/** The keys of one mapping of the flow file. */
export type Keys = Readonly<Record<string, Key>>;

/** Names of keys or sections, and the words that are mistaken for them. */
export type Named = Readonly<Record<string, Partial<Key>>>;

/** The schema of each key. */
export type ShapeOf<Of extends Keys> = { readonly [Name in keyof Of]: Of[Name]["schema"] };

/** The values of a mapping, defaults filled, under the names of the file. */
export type Values<Of extends Keys> = Readonly<
  z.output<z.ZodObject<{ -readonly [Name in keyof Of]: Of[Name]["schema"] }>>
>;

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** `never` where the key has no property of its own. */
type PropertyOf<Name, Of> = Of extends { readonly property: infer Property }
  ? Extract<Property, string>
  : CamelCase<Extract<Name, string>>;

type OutputOf<Of> = Of extends { readonly schema: infer Schema } ? z.output<Schema> : never;

/** The properties of the resolved flow that the keys have. */
export type Properties<Of extends Keys> = {
  readonly [
    Name in keyof Of as undefined extends OutputOf<Of[Name]> ? never : PropertyOf<Name, Of[Name]>
  ]: OutputOf<Of[Name]>;
} & {
  readonly [
    Name in keyof Of as undefined extends OutputOf<Of[Name]> ? PropertyOf<Name, Of[Name]> : never
  ]?: Exclude<OutputOf<Of[Name]>, undefined>;
};

/** Describes a key. */
export function key<Schema extends z.ZodType, const Options extends KeyOptions = object>(
  schema: Schema,
  description: string,
  options?: Options,
): Key<Schema, Options> {
  return { ...(options as Options), schema: schema.describe(description) };
}

/** The keys as the shape of a schema. */
export function shapeOf<Of extends Keys>(keys: Of): ShapeOf<Of> {
  return Object.fromEntries(
    Object.entries(keys).map(([name, { schema }]) => [name, schema]),
  ) as ShapeOf<Of>;
}

/** The names of the keys that `isPicked` picks. */
export function namesOf(keys: Keys, isPicked: (key: Key) => boolean): readonly string[] {
  return Object.keys(keys).filter((name) => isPicked(keys[name]!));
}

/** The key or section that a word is mistaken for. */
export function findRightName(word: string, named: Named): string | undefined {
  return Object.keys(named).find((name) => named[name]!.wrongNames?.includes(word));
}

/** Fills the defaults of a mapping whose values were checked. */
export function parseValues<Of extends Keys>(
  keys: Of,
  mapping: Readonly<Record<string, unknown>>,
): Values<Of> {
  return z.object(shapeOf(keys)).parse(mapping);
}

/** Renames values to properties of the resolved flow. Absent values have no property. */
export function toProperties<Of extends Keys>(keys: Of, values: Values<Of>): Properties<Of> {
  const stated: Readonly<Record<string, unknown>> = values;
  const entries = Object.keys(keys).flatMap((name) => {
    const property = propertyOf(name, keys[name]!);
    return property === null || stated[name] === undefined ? [] : [[property, stated[name]]];
  });
  return Object.fromEntries(entries) as Properties<Of>;
}

/** The value of a property under the name and in the unit of the file. */
export function writeValue(name: string, described: Key, properties: object): unknown {
  const property = propertyOf(name, described);
  const value: unknown =
    property === null ? undefined : (properties as Record<string, unknown>)[property];
  return value === undefined || described.write === undefined
    ? value
    : described.write(value as never);
}

function propertyOf(name: string, { property }: Key): string | null {
  return property === undefined
    ? name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    : property;
}
