import { expect, test } from "vitest";
import type { OperationEvent, OperationKind } from "../../../src/model/supervisor.ts";
import { Operations } from "../../../src/supervisor/operations/operations.ts";
import { Changes } from "../../../src/supervisor/running/changes.ts";
import type { FlowSupervisor } from "../../../src/supervisor/running/flow-supervisor.ts";

/** The operations of a flow that is ready, and what they report. */
function sketch(): { operations: Operations; events: OperationEvent[] } {
  const events: OperationEvent[] = [];
  const supervisor = {
    state: "ready",
    changes: new Changes(),
    reporter: { operation: (event: OperationEvent) => events.push(event) },
  };
  return { operations: new Operations(supervisor as unknown as FlowSupervisor), events };
}

const on = (kind: OperationKind, ...deployments: string[]) => ({ kind, deployments });

test.each([
  { running: on("scale", "a"), next: on("restart", "a"), isFree: false },
  { running: on("scale", "a"), next: on("restart", "b", "c"), isFree: true },
  { running: on("restart", "a", "b"), next: on("scale", "b"), isFree: false },
  { running: on("update", "a"), next: on("scale", "b"), isFree: false },
  { running: on("restart", "a"), next: on("update", "b"), isFree: false },
  { running: on("update", "a"), next: on("update", "b"), isFree: false },
])("next to $running, $next may begin: $isFree", async ({ running, next, isFree }) => {
  const { operations } = sketch();
  let end: (text: string) => void = () => undefined;
  operations.begin(running, async () => new Promise((resolve) => (end = resolve)));
  await Promise.resolve();
  expect(operations.isFree(next)).toBe(isFree);
  if (!isFree)
    expect(() => operations.check(next)).toThrow(
      `operation 1 (${running.kind}) still changes ${running.deployments.join(", ")}`,
    );
  end("the end");
  await operations.ended();
  expect(operations.isFree(next)).toBe(true);
});
