import type { CopyMessage, PrimaryMessage, ProcessId } from "../../replication/replication.ts";
import type { ReplicationMessage } from "../../wire/replication/replication-link.ts";

/**
 * What goes over a link between two processes: each end first says which it is, because ports are
 * used again.
 */
export type LinkMessage =
  | {
      readonly kind: "process";
      readonly processId: ProcessId;
      /** Where it listens, as `host:port`. */
      readonly target: string;
      /** By which another process of this machine can see whether it is busy. */
      readonly pid: number;
    }
  | { readonly kind: "primary"; readonly message: PrimaryMessage }
  | { readonly kind: "copy"; readonly message: CopyMessage };

const COPY_MESSAGES: readonly string[] = [
  "position",
  "answer",
  "progress",
  "mismatch",
] satisfies CopyMessage["type"][];

export function frameMessage(
  message: PrimaryMessage | CopyMessage,
  payloads: readonly Uint8Array[],
): ReplicationMessage {
  const framed: LinkMessage = isCopyMessage(message)
    ? { kind: "copy", message }
    : { kind: "primary", message };
  return { message: framed, payloads };
}

export function frameIntroduction(
  processId: ProcessId,
  target: string,
  pid: number,
): ReplicationMessage {
  const introduction: LinkMessage = { kind: "process", processId, target, pid };
  return { message: introduction, payloads: [] };
}

/** Both ends are of one installation, so its kind tells a message's form. */
export function isLinkMessage(value: unknown): value is LinkMessage {
  return (
    typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    (value.kind === "process" || value.kind === "primary" || value.kind === "copy")
  );
}

function isCopyMessage(message: PrimaryMessage | CopyMessage): message is CopyMessage {
  return COPY_MESSAGES.includes(message.type);
}
