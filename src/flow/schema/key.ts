import { z } from "zod";

/** The deployments that a key has an effect on. */
type Scope = "external" | "local" | "python";

/** The facts about a key in addition to its values and its description. */
export interface KeyOptions {
  /**
   * The property of the resolved flow that holds the value. Default: the key in camel case. `null`:
   * `resolve/` derives properties from the key.
   */
  readonly property?: string | null;
  /** Converts the property back to the value in a file. Default: the value itself. */
  readonly write?: (value: never) => unknown;
  /** The printed flow leaves the key out if it has its default. */
  readonly isQuiet?: true;
  /** The deployments that the key has an effect on. Default: all. */
  readonly scope?: Scope;
  /** The value is a path or a list of paths, relative to the file that states it. */
  readonly isPath?: true;
  /** Jina's section `with` does not accept the key. */
  readonly inWith?: false;
  /** The key is reserved, and only its default is accepted. The text is the hint of the error. */
  readonly notYet?: string;
  /** Names from Jina 2 and similar words. The error for them names this key. */
  readonly wrongNames?: readonly string[];
}

/** One key of the flow file. Its schema has the default and the description. */
export type Key<
  Schema extends z.ZodType = z.ZodType,
  Options extends KeyOptions = KeyOptions,
> = Options & { readonly schema: Schema };

/** The keys of one mapping of the flow file, by name. */
export type Keys = Readonly<Record<string, Key>>;

/** Names of keys or sections, with the words that are mistaken for them. */
export type Named = Readonly<Record<string, Partial<Key>>>;

/** The schema of each key. */
export type ShapeOf<Of extends Keys> = { readonly [Name in keyof Of]: Of[Name]["schema"] };

/** The values of a mapping, with defaults, under the names of the file. */
export type Values<Of extends Keys> = Readonly<
  z.output<z.ZodObject<{ -readonly [Name in keyof Of]: Of[Name]["schema"] }>>
>;

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : Name;

/** `never` if the key has no property of its own. */
type PropertyOf<Name, Of> = Of extends { readonly property: infer Property }
  ? Extract<Property, string>
  : CamelCase<Extract<Name, string>>;

type OutputOf<Of> = Of extends { readonly schema: infer Schema } ? z.output<Schema> : never;

/** The properties of the resolved flow that hold the values of the keys. */
export type Properties<Of extends Keys> = {
  readonly [
    Name in keyof Of as undefined extends OutputOf<Of[Name]> ? never : PropertyOf<Name, Of[Name]>
  ]: OutputOf<Of[Name]>;
} & {
  readonly [
    Name in keyof Of as undefined extends OutputOf<Of[Name]> ? PropertyOf<Name, Of[Name]> : never
  ]?: Exclude<OutputOf<Of[Name]>, undefined>;
};

export function key<Schema extends z.ZodType, const Options extends KeyOptions = object>(
  schema: Schema,
  description: string,
  options?: Options,
): Key<Schema, Options> {
  return { ...(options as Options), schema: schema.describe(description) };
}

/** Returns the schemas of the keys as the shape of an object schema. */
export function shapeOf<Of extends Keys>(keys: Of): ShapeOf<Of> {
  return Object.fromEntries(
    Object.entries(keys).map(([name, { schema }]) => [name, schema]),
  ) as ShapeOf<Of>;
}

/** Returns the names of the keys that `isPicked` accepts. */
export function namesOf(keys: Keys, isPicked: (key: Key) => boolean): readonly string[] {
  return Object.keys(keys).filter((name) => isPicked(keys[name]!));
}

/** Returns the key or section that a word is mistaken for. */
export function findRightName(word: string, named: Named): string | undefined {
  return Object.keys(named).find((name) => named[name]!.wrongNames?.includes(word));
}

/** Fills the defaults of a mapping whose values are valid. */
export function parseValues<Of extends Keys>(
  keys: Of,
  mapping: Readonly<Record<string, unknown>>,
): Values<Of> {
  return z.object(shapeOf(keys)).parse(mapping);
}

/** Renames values to properties of the resolved flow. An absent value has no property. */
export function toProperties<Of extends Keys>(keys: Of, values: Values<Of>): Properties<Of> {
  const stated: Readonly<Record<string, unknown>> = values;
  const entries = Object.keys(keys).flatMap((name) => {
    const property = propertyOf(name, keys[name]!);
    return property === null || stated[name] === undefined ? [] : [[property, stated[name]]];
  });
  return Object.fromEntries(entries) as Properties<Of>;
}

/** Returns the value of a property in the unit of the file. */
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
