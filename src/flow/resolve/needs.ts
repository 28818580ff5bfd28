import type { DraftExecutor } from "../draft/draft.ts";

/** The name of the gateway in `needs`. */
export const START = "gateway";

/**
 * Returns the needs of each executor in order, without repetitions. The default is the executor
 * before it that is not floating, or the gateway. `needs_all` needs every executor so far that no
 * other needs.
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

/** Returns the executors that no other needs, or the gateway. */
function findLooseEnds(needs: ReadonlyMap<DraftExecutor, readonly string[]>): readonly string[] {
  const needed = new Set([...needs.values()].flat());
  const ends = [...needs.keys()]
    .filter((executor) => !needed.has(executor.name) && !executor.values.floating)
    .map(({ name }) => name);
  return ends.length === 0 ? [START] : ends;
}
