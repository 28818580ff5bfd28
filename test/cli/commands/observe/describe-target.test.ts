import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { describeTarget } from "../../../../src/cli/commands/observe/describe-target.ts";
import { EventLines } from "../../../../src/cli/commands/observe/event-lines.ts";
import { isWithin, parseAddress } from "../../../../src/model/address.ts";
import type { JournalEvent } from "../../../../src/model/control/events.ts";
import { makeState, STARTED_AT } from "./sample-state.ts";

const EXITED: JournalEvent = {
  id: 7,
  at: STARTED_AT,
  subject: "indexer/0/1",
  kind: "exited",
  code: 1,
  signal: null,
  reason: "no model",
  text: "exited with code 1: no model",
};

function describeAt(text: string, events: readonly JournalEvent[] = []): string {
  const state = makeState();
  const address = parseAddress(text);
  const replicas = state.replicas.filter((row) => isWithin(parseAddress(row.address), address));
  const target = { state, address, replicas, explanation: [`${text}: why`], events };
  const lines = describeTarget(target, new EventLines(new Chalk({ level: 0 })));
  return lines.map((line) => line.replace(/ {2,}\d\d[^ ]* ?[\d:]* {2,}/, "  TIME  ")).join("\n");
}

test("a replica that fails shows its copy, its last exit, its events and the way out", () => {
  expect(describeAt("indexer/0/1", [EXITED])).toBe(`Name:         indexer/0/1
Executor:     indexer (HNSWIndexer)
State:        backoff, restarts in 2.0s
Role:         replica
Copy:         UNASSIGNED, not in the in-sync set, term 3, checkpoints: local 9, global 9
Disk:         -
Process:      none
Resources:    not known
Traffic:      6.0/s, p50 4ms, p99 31ms in the last 10 s; 1 in flight; 60 calls, 1 error
Restarts:     2
Last exit:    exited with code 1, 2m ago
              | Error: no model
              | at load
Explanation:
  indexer/0/1: why
Events:
  TIME  indexer/0/1  exited        exited with code 1: no model
Next:
  jflow logs indexer/0/1 shows what the process wrote`);
});

test("a shard shows its health, its primary and its replicas", () => {
  expect(describeAt("indexer/0")).toBe(`Name:         indexer/0
Executor:     indexer
Health:       yellow: indexer/0/1 UNASSIGNED: no model
Primary:      indexer/0/0, term 3
Documents:    1000
Replicas:
  indexer/0/0  primary, ready, started 2m ago
  indexer/0/1  replica, backoff, restarts in 2.0s
Explanation:
  indexer/0: why
Events:       none since the supervisor runs
Next:
  jflow logs indexer/0/1 shows what the process wrote`);
});

test("an executor shows its endpoints and the traffic of all its replicas", () => {
  const text = describeAt("indexer");
  expect(text).toContain(`Kind:         executor (HNSWIndexer), with state
Health:       yellow, 1/2 replicas ready, 1 shard
Needs:        gateway
Endpoints:    /index /search
Documents:    1000
Resources:    CPU 12% of one core, RSS 80Mi
Traffic:      12.0/s, p50 4ms, p99 31ms in the last 10 s; 2 in flight, 3 queued; 120 calls, 1 error
Restarts:     2
Replicas:`);
});

test("the gateway is described by its replica", () => {
  const text = describeAt("gateway");
  expect(text).toContain("Name:         gateway/0/0\nExecutor:     gateway\nState:        ready");
  expect(text).not.toContain("Role:");
});
