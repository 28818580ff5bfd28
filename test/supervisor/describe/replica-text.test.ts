import { expect, test } from "vitest";
import { describeChange, describeEnd } from "../../../src/supervisor/describe/replica-text.ts";

const PROCESS = { processId: "p", startedAt: 0 };
const KILLED = { code: null, signal: "SIGKILL" };

test("a stop by the user is not described as a kill", () => {
  const stopping = {
    ...PROCESS,
    name: "stopping",
    reason: "r",
    servingSince: 1,
    afterwards: { is: "stopped" },
  } as const;
  expect(describeChange("a/0/0", stopping)).toBe("ended with SIGKILL: stopped by the user");
  expect(describeEnd(stopping, KILLED, "killed by SIGKILL")).toBe(null);
  expect(describeChange("a/0/0", { name: "stopped", by: "user" })).toBe("stopped by the user");
});

test("an exit is described once, with the reason of a failed start", () => {
  const ready = { ...PROCESS, name: "ready", servingSince: 1 } as const;
  expect(describeEnd(ready, KILLED, "killed by SIGKILL")).toBe("killed by SIGKILL");
  expect(describeEnd(ready, { code: 1, signal: null }, "no model")).toBe(
    "exited with code 1: no model",
  );
  expect(describeEnd(ready, { code: null, signal: null }, "the folder is gone")).toBe(
    "did not start: the folder is gone",
  );
});

test("a failed replica names the command that starts it", () => {
  expect(describeChange("a/0/0", { name: "failed", reason: "no model" })).toBe(
    "failed: no model. jflow start a/0/0 starts the replica again",
  );
});
