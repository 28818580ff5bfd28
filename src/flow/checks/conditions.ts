import type { Draft } from "../draft/draft.ts";
import type { CheckDeps } from "../draft/read-keys.ts";
import { listFaults } from "../../document/query/condition.ts";

/**
 * Checks that the gateway can evaluate every `when` condition, before the first request arrives.
 */
export function checkConditions(draft: Draft, { report, locations }: CheckDeps): void {
  for (const { values, path } of draft.executors) {
    if (values.when === undefined) continue;
    for (const fault of listFaults(values.when)) {
      const at = [...path, "when", ...fault.path];
      report.add({
        code: "invalid-value",
        span: locations.keyAt(at),
        path: at,
        message: `when: ${fault.message}`,
        hint: fault.hint,
      });
    }
  }
}
