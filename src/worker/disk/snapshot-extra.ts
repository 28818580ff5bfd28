import { z } from "zod";
import { JflowError } from "../../model/errors.ts";
import type { LoggedOperation, Outcome } from "../../replication/replication.ts";

/** What a snapshot holds beside the executor's own files. */
export interface SnapshotExtra {
  /** The rolling hash of the writes in it. */
  readonly history: string;
  /** The last operation ids and what became of them, so that a repeat is known after a restart. */
  readonly operations: readonly LoggedOperation[];
}

const VERSION = 1;

const Versioned = z.object({ version: z.number() });
const Stored = z.object({
  history: z.string(),
  operations: z.array(z.tuple([z.string(), z.number()]).or(z.tuple([z.string(), z.number(), z.string()]))),
});

/** As JSON; an operation takes `[id, seq]`, and its message as a third element where it threw. */
export function encodeExtra(extra: SnapshotExtra): Uint8Array {
  const operations = extra.operations.map(({ operationId, seq, outcome }) =>
    outcome.kind === "done" ? [operationId, seq] : [operationId, seq, outcome.error],
  );
  return Buffer.from(JSON.stringify({ version: VERSION, history: extra.history, operations }));
}

/** Throws `FAILED_PRECONDITION` for what a newer jflow wrote. */
export function decodeExtra(bytes: Uint8Array): SnapshotExtra {
  const json: unknown = JSON.parse(Buffer.from(bytes).toString());
  const { version } = Versioned.parse(json);
  if (version !== VERSION) {
    throw new JflowError(
      "FAILED_PRECONDITION",
      `a snapshot of version ${version}: a newer jflow wrote it; run that one`,
    );
  }
  const stored = Stored.parse(json);
  const operations = stored.operations.map(([operationId, seq, error]) => ({
    operationId,
    seq,
    outcome: toOutcome(error),
  }));
  return { history: stored.history, operations };
}

function toOutcome(error: string | undefined): Outcome {
  return error === undefined ? { kind: "done" } : { kind: "threw", error };
}
