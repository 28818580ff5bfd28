import { countOf } from "../../util/text/count-of.ts";
import type { Draft, DraftExecutor } from "../draft/draft.ts";
import { listExternalAddresses } from "../resolve/external.ts";
import { EXECUTOR_KEYS } from "../schema/executor.ts";
import { namesOf } from "../schema/key.ts";
import type { CheckDeps } from "../draft/read-keys.ts";

const OF_EXTERNAL = namesOf(EXECUTOR_KEYS, ({ scope }) => scope === "external");
const OF_OURS = namesOf(EXECUTOR_KEYS, ({ scope }) => scope === "local");

/** Checks that external executors have an address, and warns about keys without an effect. */
export function checkExternal(draft: Draft, deps: CheckDeps): void {
  for (const executor of draft.executors) {
    const { external } = executor.values;
    if (external) checkAddresses(executor, deps);
    else checkPorts(executor, deps);
    const idle = external ? OF_OURS : OF_EXTERNAL;
    const reason = external ? "the executor is external" : "the executor is not external";
    for (const key of idle) warnOfUnusedKey(executor, key, reason, deps);
  }
}

/**
 * Warns about ports that do not match the number of processes. Jina uses such a port for a single
 * process only, and free ports for several.
 */
function checkPorts(executor: DraftExecutor, deps: CheckDeps): void {
  const { shards, replicas, port } = executor.values;
  const count = shards * replicas;
  if (port.length === count) return;
  const reason = `the executor has ${countOf(count, "process", "processes")}, and the key lists ${countOf(port.length, "port")}`;
  warnOfUnusedKey(executor, "port", reason, deps);
}

function checkAddresses(executor: DraftExecutor, { report, locations }: CheckDeps): void {
  if (executor.invalid.has("host") || executor.invalid.has("port")) return;
  const found = listExternalAddresses(executor.values);
  if (typeof found !== "string") return;
  const path = [...executor.path, executor.given.has("host") ? "host" : "external"];
  report.add({
    code: "invalid-value",
    span: locations.valueAt(path),
    path,
    message: `executor "${executor.name}": ${found}`,
    hint: 'write "host: [a, b]" and "port: [1, 2]", or "host: [a:1, b:2]"',
  });
}

function warnOfUnusedKey(
  executor: DraftExecutor,
  key: string,
  reason: string,
  { report, locations }: CheckDeps,
): void {
  if (!executor.given.has(key)) return;
  const path = [...executor.path, key];
  report.add({
    severity: "warning",
    code: "no-effect",
    span: locations.keyAt(path),
    path,
    message: `"${key}" of executor "${executor.name}" has no effect: ${reason}`,
  });
}
