import type { RecordHead } from "../../model/shard/log.ts";
import type { CopyMessage, PrimaryMessage, ProcessId } from "../../replication/replication.ts";
import { PayloadHandle } from "../disk/payload-handle.ts";
import type { ReplicationMessage } from "../../wire/replication/replication-link.ts";

/**
 * A message on a link between two processes. Each end first sends its process id, because another
 * process may use the same port later.
 */
export type LinkMessage =
  | {
      readonly kind: "process";
      readonly processId: ProcessId;
      /** The address that the process listens on, as `host:port`. */
      readonly target: string;
      /**
       * The pid, with which another process of this machine can sample whether this process is
       * busy.
       */
      readonly pid: number;
    }
  | { readonly kind: "primary"; readonly message: WireMessage }
  | { readonly kind: "copy"; readonly message: CopyMessage };

type Append = Extract<PrimaryMessage<PayloadHandle>, { type: "append" }>;

/** A message of a primary as JSON. The payloads of its records travel with it, in their order. */
export type WireMessage =
  | Exclude<PrimaryMessage<PayloadHandle>, { type: "append" }>
  | (Omit<Append, "records"> & { readonly heads: readonly RecordHead[] });

const COPY_MESSAGES: readonly string[] = [
  "position",
  "answer",
  "progress",
  "mismatch",
] satisfies CopyMessage["type"][];

export function frameMessage(
  message: PrimaryMessage<PayloadHandle> | CopyMessage,
  payloads: readonly Uint8Array[],
): ReplicationMessage {
  const framed: LinkMessage = isCopyMessage(message)
    ? { kind: "copy", message }
    : { kind: "primary", message: toWire(message) };
  return { message: framed, payloads };
}

function toWire(message: PrimaryMessage<PayloadHandle>): WireMessage {
  if (message.type !== "append") return message;
  const { records, ...rest } = message;
  return { ...rest, heads: records.map(toHead) };
}

function toHead({ seq, term, operationId, outcome, bytes }: RecordHead): RecordHead {
  return { seq, term, operationId, outcome, bytes };
}

/**
 * Returns the message of a primary, with handles to the payloads that came with it. Throws if a
 * record came without its payload.
 */
export function readPrimaryMessage(
  message: WireMessage,
  payloads: readonly Uint8Array[],
): PrimaryMessage<PayloadHandle> {
  if (message.type !== "append") return message;
  const { heads, ...rest } = message;
  if (heads.length !== payloads.length)
    throw new Error(`${heads.length} records came with ${payloads.length} payloads`);
  const records = heads.map((head, i) => ({ ...head, payload: new PayloadHandle(payloads[i]) }));
  return { ...rest, records };
}

export function frameIntroduction(
  processId: ProcessId,
  target: string,
  pid: number,
): ReplicationMessage {
  const introduction: LinkMessage = { kind: "process", processId, target, pid };
  return { message: introduction, payloads: [] };
}

/** Both ends are of one installation: the kind of a message implies its fields. */
export function isLinkMessage(value: unknown): value is LinkMessage {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    (value.kind === "process" || value.kind === "primary" || value.kind === "copy")
  );
}

function isCopyMessage(
  message: PrimaryMessage<PayloadHandle> | CopyMessage,
): message is CopyMessage {
  return COPY_MESSAGES.includes(message.type);
}
