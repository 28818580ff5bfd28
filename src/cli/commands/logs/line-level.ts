/** The levels of log lines, from the most detailed to the most severe. */
type Level = "debug" | "info" | "warn" | "error";

/** The level words of Python's logging, pino, winston and the common formats after them. */
const LEVELS: Readonly<Record<string, Level>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  notice: "info",
  success: "info",
  warn: "warn",
  warning: "warn",
  error: "error",
  err: "error",
  critical: "error",
  fatal: "error",
};

/** A time of day with or without a date in front of the level, and brackets around either. */
const LEVEL_WORD =
  /^\[?(?:\d{4}-\d\d-\d\d[T ])?(?:\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d)?)?\]?\s*(?:\[([a-z]{3,8})\]|([a-z]{3,8})(?::|\s+\S))/i;

/** The lowest number of each level in the lines of pino. https://getpino.io/#/docs/api?id=levels */
const PINO: readonly (readonly [number, Level])[] = [
  [50, "error"],
  [40, "warn"],
  [30, "info"],
  [0, "debug"],
];

/**
 * Returns the level of a line that states one: `WARNING text`, `[info] text`, `12:00:01 ERROR:
 * text` or a JSON object with a `level`. Returns undefined for any other line.
 */
export function levelOf(text: string): Level | undefined {
  if (text.startsWith("{")) return levelOfJson(text);
  const [, bracketed, word] = LEVEL_WORD.exec(text) ?? [];
  const found = bracketed ?? word;
  if (found === undefined || (found === word && !isLevelSpelling(text, found))) return undefined;
  return LEVELS[found.toLowerCase()];
}

/** A sentence may begin with "Error" or "info": without a colon, only capitals are a level. */
function isLevelSpelling(text: string, word: string): boolean {
  return word === word.toUpperCase() || text[text.indexOf(word) + word.length] === ":";
}

function levelOfJson(text: string): Level | undefined {
  let level: unknown;
  try {
    ({ level } = JSON.parse(text) as { readonly level?: unknown });
  } catch {
    return undefined;
  }
  if (typeof level === "number") return PINO.find(([lowest]) => level >= lowest)?.[1];
  return typeof level === "string" ? LEVELS[level.toLowerCase()] : undefined;
}
