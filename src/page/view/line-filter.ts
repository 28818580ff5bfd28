/** A line of output, or an event, that a filter is applied to. */
export interface FilteredLine {
  /** The address of a replica, the name of a deployment, or `flow`. */
  readonly address: string;
  readonly text: string;
}

/** A filter of lines, as `jflow logs <address> --grep <pattern>`. */
export interface LineFilter {
  /** Addresses or their beginnings, such as `indexer/1`, separated by spaces. Empty: all. */
  readonly addresses: string;
  /** A regular expression. Empty: every line. */
  readonly grep: string;
}

/** The test of a filter, or the reason why the pattern is not valid. */
export type LineTest =
  | { readonly ok: true; readonly accepts: (line: FilteredLine) => boolean }
  | { readonly ok: false; readonly reason: string };

/** Returns the test of a filter. An address stands for everything below. */
export function compileLineFilter({ addresses, grep }: LineFilter): LineTest {
  const parts = addresses.split(/\s+/).filter((part) => part !== "");
  const isWanted = (address: string): boolean =>
    parts.length === 0 || parts.some((part) => address === part || address.startsWith(`${part}/`));
  if (grep === "") return { ok: true, accepts: ({ address }) => isWanted(address) };
  try {
    const pattern = new RegExp(grep, "u");
    return { ok: true, accepts: ({ address, text }) => isWanted(address) && pattern.test(text) };
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}
