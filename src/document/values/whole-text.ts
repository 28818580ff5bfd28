import { JflowError } from "../../util/errors.ts";

/** Half of a surrogate pair: UTF-8 cannot hold it, so that it becomes U+FFFD. */
const HALF_CHARACTER = /\p{Surrogate}/u;

/**
 * Throws `INVALID_ARGUMENT` for an id that UTF-8 cannot hold: two such ids would become the same
 * one.
 */
export function checkId(field: string, id: string): void {
  const half = HALF_CHARACTER.exec(id)?.[0];
  if (half === undefined) return;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `document field "${field}" ends or starts in the middle of a character: \\u${half.charCodeAt(0).toString(16)} is half of a surrogate pair`,
  );
}
