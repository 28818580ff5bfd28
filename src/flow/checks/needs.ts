import type { Draft, DraftExecutor } from "../draft/draft.ts";
import type { CheckDeps } from "../draft/read-keys.ts";
import { resolveNeeds, START } from "../resolve/needs.ts";
import { suggestHint } from "../../util/text/suggest.ts";

/**
 * Checks that every need exists, that no executor needs itself and that there is no cycle. Warns
 * about results that are not used.
 */
export function checkNeeds(draft: Draft, deps: CheckDeps): void {
  const needs = resolveNeeds(draft.executors);
  const names = draft.executors.map(({ name }) => name);
  for (const executor of draft.executors) checkEntries(executor, names, deps);
  reportCycles(draft.executors, needs, deps);
  // If a name in `needs` is misspelt, skip these warnings: they would only repeat that mistake.
  const known = new Set([...names, START]);
  if ([...needs.values()].flat().every((name) => known.has(name)))
    warnOfLooseEnds(draft.executors, needs, deps);
}

function checkEntries(executor: DraftExecutor, names: readonly string[], deps: CheckDeps): void {
  const stated = executor.values.needs;
  const path = [...executor.path, "needs"];
  const { report, locations } = deps;
  if (stated === undefined) return;
  if (stated.length === 0) {
    report.add({
      code: "needs",
      span: locations.valueAt(path),
      path,
      message: `"needs" of executor "${executor.name}" is empty`,
      hint: 'write "needs: gateway" to follow the gateway, or remove the key to follow the previous executor',
    });
  }
  for (const [index, name] of stated.entries()) {
    const at = [...path, index];
    const finding = describeNeed(executor, name, names);
    if (finding) report.add({ code: "needs", span: locations.valueAt(at), path: at, ...finding });
  }
  if (executor.values.method === "needs" && new Set(stated).size === 1) {
    report.add({
      code: "needs",
      span: locations.valueAt(path),
      path,
      message: `executor "${executor.name}": method "needs" joins branches, but "needs" lists one executor`,
    });
  }
}

function describeNeed(
  executor: DraftExecutor,
  need: string,
  names: readonly string[],
): { message: string; hint?: string } | undefined {
  if (need === START) return undefined;
  if (need === executor.name) return { message: `executor "${need}" needs itself` };
  if (names.includes(need)) return undefined;
  const others = names.filter((name) => name !== executor.name);
  const meant = suggestHint(need, [...others, START]);
  const known =
    others.length === 0 ? "the flow has no other executor" : `executors: ${others.join(", ")}`;
  return {
    message: `executor "${executor.name}" needs "${need}", which does not exist`,
    hint: meant === undefined ? known : `${meant} ${known}`,
  };
}

/** Reports each cycle once, at the need of its first executor. */
function reportCycles(
  executors: readonly DraftExecutor[],
  needs: ReadonlyMap<DraftExecutor, readonly string[]>,
  deps: CheckDeps,
): void {
  const byName = new Map(executors.map((executor) => [executor.name, executor]));
  const open = new Map(
    executors.map((executor) => [
      executor.name,
      (needs.get(executor) ?? []).filter((need) => need !== executor.name && byName.has(need)),
    ]),
  );
  for (;;) {
    dropAcyclic(open);
    const cycle = walkCycle(open);
    if (cycle.length === 0) return;
    const edges = cycle.map((name, index) => ({
      name,
      need: cycle[(index + 1) % cycle.length] ?? name,
    }));
    const pathOf = ({ name, need }: { name: string; need: string }): (string | number)[] => {
      const executor = byName.get(name);
      const index = executor?.values.needs?.indexOf(need) ?? -1;
      return index === -1
        ? [...(executor?.path ?? [])]
        : [...(executor?.path ?? []), "needs", index];
    };
    const path = edges[0] ? pathOf(edges[0]) : [];
    deps.report.add({
      code: "cycle",
      span: deps.locations.valueAt(path),
      path,
      message: `"needs" forms a cycle: ${[...cycle, cycle[0]].join(" -> ")}`,
      hint: edges
        .map((edge) => `${edge.name} needs ${edge.need} (line ${deps.lineOf(pathOf(edge))})`)
        .join(", "),
    });
    for (const name of cycle) open.delete(name);
  }
}

/** Removes executors whose needs are all removed, until no more can be removed. */
function dropAcyclic(open: Map<string, string[]>): void {
  for (let dropped = true; dropped;) {
    dropped = false;
    for (const [name, needs] of open) {
      if (needs.some((need) => open.has(need))) continue;
      open.delete(name);
      dropped = true;
    }
  }
}

/**
 * Returns one cycle, starting with the executor that comes first in the file. Each remaining
 * executor needs another one, so the walk returns to an executor that it has met.
 */
function walkCycle(open: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const met: string[] = [];
  let at = open.keys().next().value;
  while (at !== undefined && !met.includes(at)) {
    met.push(at);
    at = open.get(at)?.find((need) => open.has(need));
  }
  const cycle = at === undefined ? [] : met.slice(met.indexOf(at));
  const order = [...open.keys()];
  const start = cycle.indexOf(order.find((name) => cycle.includes(name)) ?? "");
  return [...cycle.slice(start), ...cycle.slice(0, start)];
}

/**
 * Warns about each executor that no other executor needs, except the last one. Jina still runs such
 * an executor but drops its result, and so does jflow.
 */
function warnOfLooseEnds(
  executors: readonly DraftExecutor[],
  needs: ReadonlyMap<DraftExecutor, readonly string[]>,
  { report, locations }: CheckDeps,
): void {
  const needed = new Set([...needs.values()].flat());
  const last = executors.findLast(({ values }) => !values.floating);
  for (const executor of executors) {
    if (executor === last || executor.values.floating || needed.has(executor.name)) continue;
    report.add({
      severity: "warning",
      code: "no-effect",
      span: locations.valueAt([...executor.path, "name"]),
      path: executor.path,
      message: `the result of executor "${executor.name}" is not used: no executor needs it, and the executor is not the last`,
    });
  }
}
