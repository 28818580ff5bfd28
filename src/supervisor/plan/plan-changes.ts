import { compareFlows, type Flow } from "../../flow/flow.ts";
import type { PlanChange } from "../../model/supervisor.ts";
import { JflowError } from "../../util/errors.ts";
import { versionOf, type FlowPlan, type PlanEntry } from "./flow-plan.ts";

const GATEWAY = "gateway";
/** The part of the keys at the top of the file. */
const FLOW = "flow";
/** The keys that cannot change while a deployment runs: its data depends on them. */
const FIXED_KEYS: readonly string[] = ["shards", "workspace", "durability", "external"];

/** The keys that need no other process. */
const LIGHT_KEYS: ReadonlySet<string> = new Set([
  "needs",
  "polling",
  "timeout_ready",
  "timeout_send",
  "restart",
  "drain_timeout",
  "memory_limit",
  "autoscale",
  "retries",
  "when",
  "floating",
  "no_reduce",
]);

/**
 * Returns what a plan changes, in the order of the file, the gateway last. Processes whose
 * configuration differs are replaced one at a time. Other values are taken in place.
 */
export function listPlanChanges(before: FlowPlan, after: FlowPlan): readonly PlanChange[] {
  const keys = new Map(compareFlows(before.flow, after.flow).map((each) => [each.part, each.keys]));
  const names = [...new Set([...namesOf(after.flow), ...namesOf(before.flow), GATEWAY])];
  return [
    ...names.flatMap((name) => listChangesOf(name, before, after, keys.get(name))),
    ...(keys.get(FLOW)?.includes("watch") === true
      ? [signed("~", FLOW, `${FLOW}: watch changed, in place`)]
      : []),
  ];
}

/** Throws `FAILED_PRECONDITION` for a change that a running flow cannot take. */
export function checkPlanChange(before: Flow, after: Flow): void {
  for (const { part, keys } of compareFlows(before, after)) {
    const fixed = FIXED_KEYS.find((key) => keys.includes(key));
    if (fixed === undefined) continue;
    const how =
      fixed === "shards"
        ? `stop the flow with jflow down; if ${part} has data, run jflow reshard ${part} --shards <number>`
        : "stop the flow with jflow down, then start it with jflow up";
    throw new JflowError(
      "FAILED_PRECONDITION",
      `${fixed} of ${part} cannot change while the flow runs: ${how}`,
    );
  }
}

/** Returns the addresses of the replicas whose processes have another version in a plan. */
export function listOutdated(before: FlowPlan, after: FlowPlan): readonly string[] {
  const fresh = new Map(after.entries.map((entry) => [entry.planned.address, entry]));
  return before.entries
    .filter((entry) => {
      const next = fresh.get(entry.planned.address);
      return next !== undefined && versionOf(next) !== versionOf(entry);
    })
    .map(({ planned }) => planned.address);
}

/** `keys`: the keys of the file that differ; undefined if no value differs. */
function listChangesOf(
  name: string,
  before: FlowPlan,
  after: FlowPlan,
  keys: readonly string[] | undefined,
): readonly PlanChange[] {
  const [old, fresh] = [before, after].map((plan) => addressesOf(plan, name)) as [
    string[],
    string[],
  ];
  // An external deployment has no processes.
  if (keys !== undefined && old.length === 0 && fresh.length === 0)
    return [describeExternal(name, before, after)];
  const outdated = listOutdated(before, after).filter((address) => old.includes(address));
  const others = (keys ?? []).filter((key) => key !== "replicas");
  const isChanged = outdated.length > 0 || others.length > 0;
  return [
    ...(isChanged ? [describeChange(name, others, outdated.length > 0)] : []),
    ...fresh.filter((each) => !old.includes(each)).map((each) => signed("+", each)),
    ...old.filter((each) => !fresh.includes(each)).map((each) => signed("-", each)),
  ];
}

function signed(sign: PlanChange["sign"], part: string, text: string = part): PlanChange {
  return { sign, part, text: `${sign} ${text}` };
}

function describeExternal(name: string, before: FlowPlan, after: FlowPlan): PlanChange {
  if (!namesOf(before.flow).includes(name)) return signed("+", name, `${name} (external)`);
  if (!namesOf(after.flow).includes(name)) return signed("-", name, `${name} (external)`);
  return signed("~", name, `${name}: changed, in place`);
}

function describeChange(name: string, keys: readonly string[], isReplaced: boolean): PlanChange {
  const isCode = isReplaced && keys.every((key) => LIGHT_KEYS.has(key));
  const what = [...keys, ...(isCode ? ["code"] : [])].join(", ");
  const how = isReplaced ? (name === GATEWAY ? "restarts" : "rolling") : "in place";
  return signed("~", name, `${name}: ${what} changed, ${how}`);
}

function namesOf({ deployments }: Flow): readonly string[] {
  return deployments.map(({ name }) => name);
}

function addressesOf({ entries }: FlowPlan, name: string): readonly string[] {
  return entries.filter(isOf(name)).map(({ planned }) => planned.address);
}

const isOf =
  (name: string) =>
  ({ planned }: PlanEntry): boolean =>
    planned.deployment === name;
