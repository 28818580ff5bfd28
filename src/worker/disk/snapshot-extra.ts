import type { Outcome } from "../../model/log.ts";
import { JflowError } from "../../util/errors.ts";
import { newerFormat } from "../../util/newer-format.ts";
import type { LoggedOperation } from "../../replication/replication.ts";

/** What a snapshot holds beside the executor's own files. */
export interface SnapshotExtra {
  /** The rolling hash of the writes in it. */
  readonly history: string;
  /** The last operation ids and what became of them, so that a repeat is known after a restart. */
  readonly operations: readonly LoggedOperation[];
}

/**
 * As it is stored: an operation is `[id, seq]`, with its message as a third element where it threw.
 */
interface StoredExtra {
  readonly version: number;
  readonly history: string;
  readonly operations: readonly (readonly [string, number, string?])[];
}

const VERSION = 1;

/** As JSON. */
export function encodeExtra(extra: SnapshotExtra): Uint8Array {
  const stored: StoredExtra = {
    version: VERSION,
    history: extra.history,
    operations: extra.operations.map(toStored),
  };
  return Buffer.from(JSON.stringify(stored));
}

/** Throws `FAILED_PRECONDITION` for what a newer jflow wrote, `DATA_LOSS` for what none did. */
export function decodeExtra(bytes: Uint8Array): SnapshotExtra {
  const stored: unknown = JSON.parse(Buffer.from(bytes).toString());
  if (!isStored(stored)) throw new JflowError("DATA_LOSS", "a snapshot without its operation ids");
  if (stored.version !== VERSION) {
    throw newerFormat("a snapshot");
  }
  const operations = stored.operations.map(([operationId, seq, error]) => ({
    operationId,
    seq,
    outcome: toOutcome(error),
  }));
  return { history: stored.history, operations };
}

function toStored({ operationId, seq, outcome }: LoggedOperation): [string, number, string?] {
  return outcome.kind === "done" ? [operationId, seq] : [operationId, seq, outcome.error];
}

function toOutcome(error: string | undefined): Outcome {
  return error === undefined ? { kind: "done" } : { kind: "threw", error };
}

/**
 * The storage room has checked that the bytes are those that were written, so their version tells
 * their form.
 */
function isStored(value: unknown): value is StoredExtra {
  return (
    typeof value === "object" &&
    value !== null &&
    "version" in value &&
    typeof value.version === "number"
  );
}
