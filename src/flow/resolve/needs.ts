import type { DraftExecutor } from "../draft/draft.ts";

/** The start of every flow, in `needs`. */
export const START = "gateway";

/**
 * What each executor needs, in order, each name once: what the file says, else the executor before
 * it that is no side branch, else the gateway; for `needs_all` every loose end so far.
 */
export function resolveNeeds(
  executors: readonly DraftExecutor[],
): ReadonlyMap<DraftExecutor, readonly string[]> {
  const needs = new Map<DraftExecutor, readonly string[]>();
  let previous = START;
  for (const executor of executors) {
    const { needs: stated, method, floating } = executor.values;
    if (stated !== undefined) needs.set(executor, [...new Set(stated)]);
    else needs.set(executor, method === "needs_all" ? findLooseEnds(needs) : [previous]);
    if (!floating) previous = executor.name;
  }
  return needs;
}

/** The names that nothing needs; the gateway if there are none. */
function findLooseEnds(needs: ReadonlyMap<DraftExecutor, readonly string[]>): readonly string[] {
  const needed = new Set([...needs.values()].flat());
  const ends = [...needs.keys()]
    .filter((executor) => !needed.has(executor.name) && !executor.values.floating)
    .map(({ name }) => name);
  return ends.length === 0 ? [START] : ends;
}
