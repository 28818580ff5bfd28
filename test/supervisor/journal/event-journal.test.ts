import { expect, test } from "vitest";
import { EventJournal } from "../../../src/supervisor/journal/event-journal.ts";
import { OperationLog } from "../../../src/supervisor/journal/operation-log.ts";
import {
  MAX_ENDED_OPERATIONS,
  MAX_JOURNAL_EVENTS,
  MAX_OPERATION_STEPS,
} from "../../../src/util/limits/processes.ts";

const AT = new Date("2026-12-01T02:00:00Z");
const READY = { subject: "a/0/0", kind: "ready", reason: null, text: "ready" } as const;
const STEP = { type: "operation", kind: "scale", deployments: ["a"], text: "step" } as const;

test("an event has a growing id and its time", () => {
  const journal = new EventJournal(() => AT);
  expect(journal.add(READY)).toEqual({ id: 1, at: AT.toISOString(), ...READY });
  expect(journal.add(READY).id).toBe(2);
});

test("the journal keeps the newest events", () => {
  const journal = new EventJournal();
  for (let count = 0; count <= MAX_JOURNAL_EVENTS; count += 1) journal.add(READY);
  expect(journal.events).toHaveLength(MAX_JOURNAL_EVENTS);
  expect(journal.events[0]?.id).toBe(2);
});

test("the steps of an operation become one record with its end", () => {
  const log = new OperationLog(() => AT);
  log.add({ ...STEP, id: 1, state: "running" });
  log.add({ ...STEP, id: 1, state: "done", text: "scaled" });
  expect(log.all).toEqual([
    {
      id: 1,
      kind: "scale",
      deployments: ["a"],
      state: "done",
      startedAt: AT.toISOString(),
      endedAt: AT.toISOString(),
      steps: ["step", "scaled"],
    },
  ]);
});

test("the last ended operations and all running ones are kept, with their last steps", () => {
  const log = new OperationLog();
  for (let step = 0; step <= MAX_OPERATION_STEPS; step += 1)
    log.add({ ...STEP, id: 1, state: "running" });
  for (let id = 2; id < MAX_ENDED_OPERATIONS + 10; id += 1)
    log.add({ ...STEP, id, state: "failed" });
  expect(log.all).toHaveLength(MAX_ENDED_OPERATIONS + 1);
  expect(log.all[0]).toMatchObject({ id: 1, endedAt: null });
  expect(log.all[0]!.steps).toHaveLength(MAX_OPERATION_STEPS);
});
