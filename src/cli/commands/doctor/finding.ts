/** The result of one check of `jflow doctor`. */
export interface CheckFinding {
  readonly level: "ok" | "warn" | "error";
  readonly check: string;
  readonly text: string;
  /** The step that mends it. */
  readonly fix?: string;
}

/** Returns a finding that is fine, or the given one if it is not. */
export function judge(
  check: string,
  isFine: boolean,
  fine: string,
  otherwise: Omit<CheckFinding, "check">,
): CheckFinding {
  return isFine ? { level: "ok", check, text: fine } : { check, ...otherwise };
}
