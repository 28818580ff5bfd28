import { expect, test } from "vitest";
import {
  exitEvent,
  problemEvent,
  promotionEvent,
  stateEvent,
} from "../../../src/supervisor/describe/replica-journal.ts";

const PROCESS = { processId: "p", startedAt: 0 };
const KILLED = { code: null, signal: "SIGKILL" };
const READY = { ...PROCESS, name: "ready", servingSince: 1 } as const;

test("a stop by the user is not described as a kill", () => {
  const stopping = {
    ...PROCESS,
    name: "stopping",
    reason: "r",
    servingSince: 1,
    afterwards: { is: "stopped" },
  } as const;
  expect(stateEvent("a/0/0", stopping)).toEqual({
    subject: "a/0/0",
    kind: "killed",
    reason: "stopped by the user",
    text: "ended with SIGKILL: stopped by the user",
  });
  expect(exitEvent("a/0/0", stopping, { exit: KILLED, failure: "killed by SIGKILL" })).toBe(null);
  expect(stateEvent("a/0/0", { name: "stopped", by: "user" })?.text).toBe("stopped by the user");
});

test("an exit is described once, with the reason of a failed start", () => {
  expect(exitEvent("a/0/0", READY, { exit: KILLED, failure: "killed by SIGKILL" })).toEqual({
    subject: "a/0/0",
    kind: "exited",
    ...KILLED,
    reason: null,
    text: "killed by SIGKILL",
  });
  const failed = { exit: { code: 1, signal: null }, failure: "no model" };
  expect(exitEvent("a/0/0", READY, failed)).toMatchObject({
    code: 1,
    reason: "no model",
    text: "exited with code 1: no model",
  });
  const unstarted = { exit: { code: null, signal: null }, failure: "the folder is gone" };
  expect(exitEvent("a/0/0", READY, unstarted)?.text).toBe("did not start: the folder is gone");
});

test("a failed replica names the command that starts it", () => {
  expect(stateEvent("a/0/0", { name: "failed", reason: "no model" })).toEqual({
    subject: "a/0/0",
    kind: "failed",
    reason: "no model",
    text: "failed: no model. jflow start a/0/0 starts the replica again",
  });
});

test("a process that starts and a restart carry what a program needs", () => {
  expect(stateEvent("a/0/0", { ...PROCESS, name: "starting" })).toMatchObject({
    kind: "started",
    processId: "p",
  });
  expect(stateEvent("a/0/0", { name: "backoff", diedAt: 0, delayMs: 500 })).toMatchObject({
    kind: "restarting",
    delayMs: 500,
    text: "restarts in 0.5 s",
  });
  expect(promotionEvent("a/0/1", "a/0", 3)).toMatchObject({
    subject: "a/0/1",
    shard: "a/0",
    term: 3,
    text: "promoted to primary of a/0, term 3",
  });
});

test("a problem and its end are events", () => {
  expect(problemEvent("a/0/0", "no open files").kind).toBe("problem");
  expect(problemEvent("a/0/0", null).kind).toBe("problem_over");
});
