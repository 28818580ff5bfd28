/**
 * An untyped option that stock Jina reads as another value than YAML 1.2 does. Executors in
 * TypeScript get `plain`, Python executors the value of `json`.
 */
export class StockScalar {
  readonly plain: unknown;
  /** JSON as Python reads it: `false`, `8`, `1.0`, `Infinity`. */
  readonly json: string;

  constructor(plain: unknown, json: string) {
    this.plain = plain;
    this.json = json;
  }

  toJSON(): unknown {
    return this.plain;
  }
}

/** Returns the value, with what stock Jina reads if that differs. */
export function pairWithStock(plain: unknown, json: string): unknown {
  return JSON.stringify(plain) === json ? plain : new StockScalar(plain, json);
}

/*
 * The rules of PyYAML, which reads YAML 1.1. Jina removes `on` and `off`.
 * https://github.com/yaml/pyyaml/blob/6.0.1/lib/yaml/resolver.py#L170-L223
 */
const NULL = /^(?:~|null|Null|NULL|)$/;
const TRUE = /^(?:yes|Yes|YES|true|True|TRUE)$/;
const FALSE = /^(?:no|No|NO|false|False|FALSE)$/;
const INTEGER =
  /^(?<sign>[-+]?)(?:0b(?<binary>[01_]+)|0x(?<hex>[\da-fA-F_]+)|0(?<octal>[0-7_]+)|(?<decimal>0|[1-9][\d_]*))$/;
const SEXAGESIMAL = /^[-+]?[1-9][\d_]*(?::[0-5]?\d)+$/;
const SEXAGESIMAL_FLOAT = /^[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*$/;
const FLOAT = /^[-+]?(?:\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?)$/;
const TIMESTAMP =
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/;
/** JSON has no dates: `start-executor.py` makes a date of an object with this one key. */
const TIMESTAMP_KEY = "__yaml_timestamp__";
const SPECIAL_FLOAT = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** Returns the value of a scalar without quotes as stock Jina reads it, as JSON. */
export function readPlainAsStock(source: string): string {
  if (NULL.test(source)) return "null";
  if (TRUE.test(source)) return "true";
  if (FALSE.test(source)) return "false";
  if (TIMESTAMP.test(source)) return JSON.stringify({ [TIMESTAMP_KEY]: source });
  return readPlainNumber(source) ?? readTextAsStock(source);
}

function readPlainNumber(source: string): string | undefined {
  const integer = INTEGER.exec(source);
  if (integer) return readInteger(integer.groups ?? {});
  if (SEXAGESIMAL.test(source)) return String(readSexagesimal(source));
  if (SEXAGESIMAL_FLOAT.test(source)) return writeFloat(readSexagesimal(source));
  if (FLOAT.test(source)) return writeFloat(Number(source.replaceAll("_", "")));
  // PyYAML writes them with a dot, and Python without it.
  return SPECIAL_FLOAT.test(source) ? readTextAsStock(source.replace(".", "")) : undefined;
}

function readInteger(groups: Readonly<Record<string, string | undefined>>): string {
  const { sign, binary, hex, octal, decimal = "" } = groups;
  const prefixed = [
    ["0b", binary],
    ["0x", hex],
    ["0o", octal],
  ].find(([, found]) => found !== undefined);
  const [prefix, text] = prefixed ?? ["", decimal];
  const digits = text!.replaceAll("_", "");
  const size = BigInt(`${prefix}${digits === "" ? "0" : digits}`);
  return String(sign === "-" ? -size : size);
}

/** Reads `1:30` as 90. */
function readSexagesimal(source: string): number {
  const size = source
    .replaceAll(/[_+-]/g, "")
    .split(":")
    .reduce((sum, part) => sum * 60 + Number(part), 0);
  return source.startsWith("-") ? -size : size;
}

const PYTHON_INTEGER = /^[-+]?\d+(?:_\d+)*$/;
const PYTHON_FLOAT =
  /^[-+]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[-+]?\d+(?:_\d+)*)?$/i;
const PYTHON_SPECIAL = /^([-+]?)(?:inf|infinity|(nan))$/i;

/**
 * Returns the value of a text as Jina types it, as JSON. Jina does so after it has replaced the
 * variables.
 * https://github.com/jina-ai/serve/blob/v3.27.0/jina/helper.py#L277-L308
 */
export function readTextAsStock(text: string): string {
  if (text.startsWith("[") && text.endsWith("]")) return readListAsStock(text);
  const trimmed = text.trim();
  if (PYTHON_INTEGER.test(trimmed)) return readInteger(splitSign(trimmed));
  if (PYTHON_FLOAT.test(trimmed)) return writeFloat(Number(trimmed.replaceAll("_", "")));
  const special = PYTHON_SPECIAL.exec(trimmed);
  if (special) return special[2] ? "NaN" : writeFloat(special[1] === "-" ? -Infinity : Infinity);
  if (text === "") return "null";
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase();
  return JSON.stringify(text);
}

function splitSign(text: string): { readonly sign: string; readonly decimal: string } {
  return { sign: text.startsWith("-") ? "-" : "", decimal: text.replace(/^[-+]/, "") };
}

/** A list in a text has no inner lists: Jina drops their brackets. */
function readListAsStock(text: string): string {
  const inner = text.replaceAll(/[[\]]/g, "").trim();
  const items = inner === "" ? [] : inner.split(",");
  return `[${items.map((item) => readTextAsStock(item.trim())).join(",")}]`;
}

/** Writes a float so that Python does not read an integer. */
function writeFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** Returns options as executors in TypeScript get them. */
export function asPlain<Value>(value: Value): Value {
  return mapScalars(value, ({ plain }) => plain) as Value;
}

/**
 * Returns options as stock Jina reads them. A date, or a number that JavaScript cannot hold
 * exactly, stays a `StockScalar`.
 */
export function asStock<Value>(value: Value): Value {
  return mapScalars(value, (scalar) => {
    const { json } = scalar;
    if (json.startsWith(`{"${TIMESTAMP_KEY}"`)) return scalar;
    const parsed = /^(?:NaN|-?Infinity)$/.test(json) ? Number(json) : (JSON.parse(json) as unknown);
    return pairWithStock(parsed, json);
  }) as Value;
}

/** Writes options as JSON that Python reads as stock Jina reads the file. */
export function writePythonJson(value: unknown): string {
  if (value instanceof StockScalar) return value.json;
  if (Array.isArray(value)) return `[${value.map(writePythonJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, entry]) => `${JSON.stringify(key)}:${writePythonJson(entry)}`,
  );
  return `{${entries.join(",")}}`;
}

function mapScalars(value: unknown, map: (scalar: StockScalar) => unknown): unknown {
  if (value instanceof StockScalar) return map(value);
  if (Array.isArray(value)) return value.map((entry) => mapScalars(entry, map));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, mapScalars(entry, map)]),
  );
}
