import { isJsonObject } from "../../../util/json-object.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** The counts of `_shards.documents`, and the words of the summary for them. */
const WORDS = {
  written: "written",
  replaced: "replaced",
  deleted: "deleted",
  not_found: "not found",
} as const;
type CountName = keyof typeof WORDS;

/** The maximum number of unknown ids that the summary lists. */
const MAX_LISTED = 3;

/** Adds up what the answers report about written documents. */
export class WriteCounts {
  readonly #counts: Record<CountName, number> = {
    written: 0,
    replaced: 0,
    deleted: 0,
    not_found: 0,
  };
  readonly #notFound: string[] = [];
  readonly #warnings = new Set<string>();
  #isCounted = false;

  /** Adds the parameters of an answer, also of one that some shards refused. */
  add(parameters: Parameters): void {
    const documents = readCounts(parameters);
    if (documents === undefined) return;
    this.#isCounted = true;
    for (const name of Object.keys(WORDS) as CountName[])
      this.#counts[name] += numberOf(documents[name]);
    const { not_found_ids: ids, warning } = documents;
    if (Array.isArray(ids) && this.#notFound.length < MAX_LISTED)
      this.#notFound.push(...ids.slice(0, MAX_LISTED - this.#notFound.length).map(String));
    if (typeof warning === "string") this.#warnings.add(warning);
  }

  /**
   * Adds the parameters of a partly refused answer whose documents were sent again. The documents
   * that this answer wrote are written once, although the later answers report them as replaced.
   */
  addRepeated(parameters: Parameters): void {
    const written = numberOf(readCounts(parameters)?.["written"]);
    this.#counts.written += written;
    this.#counts.replaced -= written;
  }

  /** Returns the lines of the summary; empty if no answer counted documents. */
  describe(): readonly string[] {
    if (!this.#isCounted) return [];
    const counted = (Object.keys(WORDS) as CountName[])
      .filter((name) => this.#counts[name] > 0)
      .map((name) => `${this.#counts[name]} ${WORDS[name]}`);
    const summary = counted.length === 0 ? "nothing was changed" : counted.join(", ");
    return [
      `${summary}${this.#describeNotFound()}`,
      ...[...this.#warnings].map((warning) => `warning: ${warning}`),
    ];
  }

  #describeNotFound(): string {
    if (this.#notFound.length === 0) return "";
    const more = this.#counts.not_found - this.#notFound.length;
    return `: ${this.#notFound.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  }
}

/** Returns the warnings of an answer, and one for each shard whose part is missing. */
export function listWarnings(parameters: Parameters): readonly string[] {
  const { _shards: shards } = parameters;
  const warnings = isJsonObject(shards) ? shards["warnings"] : undefined;
  return [
    ...(Array.isArray(warnings) ? warnings.map((text) => `warning: ${String(text)}`) : []),
    ...describeMissingShards(parameters),
  ];
}

/** Returns a warning for each shard whose part is missing in the answer. */
export function describeMissingShards({ _shards: shards }: Parameters): readonly string[] {
  const failures = isJsonObject(shards) ? shards["failures"] : undefined;
  if (!Array.isArray(failures)) return [];
  return (failures as readonly { shard?: unknown; reason?: unknown }[]).map(
    ({ shard, reason }) =>
      `warning: the results of shard ${String(shard)} are missing: ${String(reason)}`,
  );
}

function readCounts({ _shards: shards }: Parameters): Record<string, unknown> | undefined {
  const documents = isJsonObject(shards) ? shards["documents"] : undefined;
  return isJsonObject(documents) ? documents : undefined;
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
