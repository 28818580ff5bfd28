/** A mapping of a file as a value: keys and whatever they hold. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Whether a value of a file is a mapping. */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
