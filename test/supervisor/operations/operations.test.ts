import { expect, test } from "vitest";
import { JflowError } from "../../../src/util/errors.ts";
import type { OperationEvent, OperationKind } from "../../../src/model/supervisor.ts";
import {
  Operations,
  type OperationOptions,
} from "../../../src/supervisor/operations/operations.ts";
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

const on = (kind: OperationKind, ...deployments: string[]): OperationOptions => ({
  kind,
  deployments,
});

/** Carries out an operation that ends only when it is cancelled. */
const untilCancelled: Parameters<Operations["begin"]>[1] = async (step, signal) => {
  step("starts a/0/0");
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  throw new JflowError("CANCELLED", String(signal.reason));
};

function refusalOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

test.each([
  { running: on("scale", "a"), next: on("restart", "a"), isFree: false },
  { running: on("scale", "a"), next: on("restart", "b", "c"), isFree: true },
  { running: on("restart", "a", "b"), next: on("scale", "b"), isFree: false },
  { running: on("update", "a"), next: on("scale", "b"), isFree: false },
  { running: on("restart", "a"), next: on("update", "b"), isFree: false },
  { running: on("update", "a"), next: on("update", "b"), isFree: false },
  { running: on("backup", "a"), next: on("update", "b"), isFree: true },
  { running: on("update", "a"), next: on("export", "b"), isFree: true },
  { running: on("update", "a"), next: on("backup", "a"), isFree: false },
])("next to $running, $next may begin: $isFree", async ({ running, next, isFree }) => {
  const { operations } = sketch();
  let end: (text: string) => void = () => undefined;
  operations.begin(running, async () => new Promise((resolve) => (end = resolve)));
  await Promise.resolve();
  expect(operations.isFree(next)).toBe(isFree);
  const reason = `operation 1 (${running.kind}) still changes ${running.deployments.join(", ")}: wait until it has ended, or run jflow cancel 1`;
  expect(refusalOf(() => operations.check(next))).toBe(isFree ? undefined : reason);
  end("the end");
  await operations.ended();
  expect(operations.isFree(next)).toBe(true);
});

test("a user cancels the only operation", async () => {
  const { operations, events } = sketch();
  operations.begin(on("scale", "a"), untilCancelled);
  await Promise.resolve();
  expect(await operations.cancelByUser(undefined)).toBe(
    "operation 1 (scale) cancelled by jflow cancel",
  );
  expect(events.map(({ state, text }) => [state, text])).toEqual([
    ["running", "starts a/0/0"],
    ["cancelled", "cancelled by jflow cancel"],
  ]);
  expect(operations.isFree(on("scale", "a"))).toBe(true);
});

test("an operation that is past its last wait is done, although a user cancels it", async () => {
  const { operations, events } = sketch();
  operations.begin(on("restart", "a"), async () => "restarted a/0/0");
  expect(await operations.cancelByUser(1)).toBe("operation 1 (restart) is done: restarted a/0/0");
  expect(events.map(({ state }) => state)).toEqual(["done"]);
});

test("a backup cannot be cancelled", async () => {
  const { operations } = sketch();
  operations.begin(on("backup", "a"), untilCancelled);
  await expect(operations.cancelByUser(1)).rejects.toThrow(
    "operation 1 (backup) cannot be cancelled: wait until it has ended",
  );
});

test("a failure after the cancellation is a failure", async () => {
  const { operations, events } = sketch();
  operations.begin(on("restart", "a"), async () => {
    throw new JflowError("NOT_READY", "no model");
  });
  await operations.cancelByUser(1);
  expect(events.map(({ state }) => state)).toEqual(["failed"]);
});

test("a cancellation names the operations that run, unless it is clear which one is meant", async () => {
  const { operations } = sketch();
  await expect(operations.cancelByUser(undefined)).rejects.toThrow("no operation runs");
  operations.begin(on("scale", "a"), untilCancelled);
  operations.begin(on("restart", "b", "c"), untilCancelled);
  await expect(operations.cancelByUser(undefined)).rejects.toThrow(
    "operations 1 (scale of a) and 2 (restart of b, c) run: name one, such as jflow cancel 1",
  );
  await expect(operations.cancelByUser(7)).rejects.toThrow(
    "no operation 7 runs, only 1 (scale of a) and 2 (restart of b, c)",
  );
  expect(await operations.cancelByUser(2)).toContain("operation 2 (restart) cancelled");
  expect(await operations.cancelByUser(undefined)).toContain("operation 1 (scale) cancelled");
});
