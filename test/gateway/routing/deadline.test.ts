import { expect, test } from "vitest";
import { withTimeout } from "../../../src/gateway/routing/deadline.ts";

const { signal } = new AbortController();

test.each([
  { deadlineMs: undefined, timeoutMs: undefined, want: undefined },
  { deadlineMs: undefined, timeoutMs: 300, want: 1_300 },
  { deadlineMs: 1_200, timeoutMs: 300, want: 1_200 },
  { deadlineMs: 9_000, timeoutMs: 300, want: 1_300 },
  { deadlineMs: 9_000, timeoutMs: undefined, want: 9_000 },
])(
  "a deployment's timeout_send shortens a write's time and never lengthens it: %j",
  ({ deadlineMs, timeoutMs, want }) => {
    expect(withTimeout({ signal, deadlineMs }, timeoutMs, 1_000).deadlineMs).toBe(want);
  },
);
