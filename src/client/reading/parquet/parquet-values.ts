import { isUtf8 } from "node:buffer";

/** Returns a row of a Parquet file as JSON. Absent values are left out. */
export function toJsonRecord(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).flatMap(([name, value]): [string, unknown][] => {
      if (value === null || value === undefined) return [];
      const isBlob = name === "blob" && value instanceof Uint8Array;
      return [[name, isBlob ? Buffer.from(value).toString("base64") : toJson(value)]];
    }),
  );
}

/**
 * Returns a value as JSON: a whole number above 2^53 as text, a time in ISO 8601, bytes as text or,
 * if they are not UTF-8, in base64.
 */
function toJson(value: unknown): unknown {
  if (typeof value === "bigint") return fromBigInt(value);
  if (typeof value !== "object" || value === null) return value ?? null;
  if (value instanceof Date) return value.toJSON();
  if (value instanceof Uint8Array) return fromBytes(value);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as Iterable<unknown>, toJson);
  if (Array.isArray(value)) return value.map(toJson);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toJson(item)]));
}

function fromBigInt(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function fromBytes(value: Uint8Array): string {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return bytes.toString(isUtf8(bytes) ? "utf8" : "base64");
}
