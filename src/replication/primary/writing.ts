import {
  act,
  appendRecords,
  noteElapsed,
  raiseCheckpoint,
  type CopyState,
} from "../state/copy-state.ts";
import type { CopyEvent } from "../protocol/copy-events.ts";
import { isWaitedFor, mayWrite } from "./members.ts";
import type { Leadership, WaitingWrite } from "../state/leadership.ts";
import type { LoggedOperation, Ticket } from "../protocol/record.ts";
import { MAX_UNACKNOWLEDGED_RECORDS } from "../../util/limits/shards.ts";

/**
 * A write arrives. The primary adds the write to `lead.entered` before the write runs. A second
 * call with the same operation id then waits for the same run (rule 12 of
 * `replication/PROTOCOL.md`). If the write is already in the log, the call is answered as soon as
 * the checkpoint reaches its record (rule 15).
 */
export function enterWrite(
  state: CopyState,
  lead: Leadership,
  write: CopyEvent & { type: "write" },
): void {
  const { operationId, ticket, bytes, payload } = write;
  const logged = state.operations.find(operationId);
  const entered = findEntered(state, lead, operationId);
  if (!state.rules.isKnown(entered !== undefined, logged !== undefined)) {
    lead.entered.push({ operationId, bytes, payload, tickets: [ticket] });
  } else if (logged) {
    waitForLogged(lead, logged, [ticket]);
    if (state.rules.mayAnswerRepeat(logged.seq, state.checkpoint))
      acknowledge(state, lead, lead.waiting.get(operationId)!);
  } else {
    entered?.tickets.push(ticket);
  }
}

/** Starts the next write if no rule forbids it. */
export function runNext(state: CopyState, lead: Leadership): void {
  const next = lead.entered[0];
  if (!next || state.activity.kind !== "idle" || state.snapshotStage.kind === "taking") return;
  if (state.snapshotStage.kind === "wanted" || !mayWrite(state, lead)) return;
  if (state.log.last.seq - state.checkpoint >= MAX_UNACKNOWLEDGED_RECORDS) return;
  lead.entered.shift();
  state.activity = { kind: "running", write: next };
  act(state, { type: "run", operationId: next.operationId, ticket: next.tickets[0]! });
}

/**
 * A write has run. The write gets the next sequence number and is appended to the log before any
 * other event is handled.
 */
export function noteRan(
  state: CopyState,
  lead: Leadership,
  ran: CopyEvent & { type: "ran" },
): void {
  const { activity } = state;
  if (activity.kind !== "running" || activity.write.operationId !== ran.operationId) return;
  const { operationId, bytes, payload, tickets } = activity.write;
  const record = {
    seq: state.log.last.seq + 1,
    term: state.term,
    operationId,
    outcome: ran.outcome,
    bytes,
    payload,
  };
  state.activity = { kind: "idle" };
  noteElapsed(state, ran.elapsedMs);
  appendRecords(state, [record]);
  state.applied = record.seq;
  waitForLogged(lead, record, tickets);
}

/**
 * Raises the global checkpoint to the smallest sequence number fsynced by the primary and by every
 * copy that acknowledgements wait for (rule 14). A copy that is not streaming yet counts as 0.
 */
export function advanceCheckpoint(state: CopyState, lead: Leadership): void {
  let least = state.fsynced;
  for (const copy of lead.members.values()) {
    if (isWaitedFor(state, lead, copy)) {
      least = Math.min(least, copy.phase.kind === "streaming" ? copy.phase.position : 0);
    }
  }
  raiseCheckpoint(state, least);
}

/** Answers the writes that the checkpoint has reached. */
export function acknowledgeReached(state: CopyState, lead: Leadership): void {
  for (const write of lead.waiting.values()) {
    if (write.seq <= state.checkpoint) acknowledge(state, lead, write);
  }
}

function acknowledge(state: CopyState, lead: Leadership, write: WaitingWrite): void {
  const { operationId, seq, outcome, tickets } = write;
  lead.waiting.delete(operationId);
  const successful = lead.inSync.size;
  const copies = {
    total: Math.max(lead.replicas, successful),
    successful,
    failed: lead.struckCount - write.struckBefore,
  };
  act(state, { type: "acknowledge", operationId, tickets, seq, outcome, copies });
}

function waitForLogged(lead: Leadership, logged: LoggedOperation, tickets: Ticket[]): void {
  const { operationId, seq, outcome } = logged;
  const waiting = lead.waiting.get(operationId);
  if (waiting) waiting.tickets.push(...tickets);
  else
    lead.waiting.set(operationId, {
      operationId,
      seq,
      outcome,
      tickets,
      struckBefore: lead.struckCount,
    });
}

function findEntered(state: CopyState, lead: Leadership, operationId: string) {
  const { activity } = state;
  if (activity.kind === "running" && activity.write.operationId === operationId)
    return activity.write;
  return lead.entered.find((write) => write.operationId === operationId);
}
