import { Metadata, type ServiceDefinition } from "@grpc/grpc-js";
import { defineMethod } from "../grpc.ts";

/** The service of a worker that our gateway speaks (`protos/jflow.proto`). */
export const WORKER = {
  exchange: defineMethod("/jflow.Worker/Exchange", "bidi"),
} satisfies ServiceDefinition;

/** A hop is two streams: frames that share messages, and those so large that they travel alone. */
export type StreamPart = "small" | "large";

const CONNECTION_KEY = "jflow-hop";
const PART_KEY = "jflow-part";

/** The metadata that tells the worker which streams belong together. */
export function connectionMetadata(hop: string, part: StreamPart): Metadata {
  const metadata = new Metadata();
  metadata.set(CONNECTION_KEY, hop);
  metadata.set(PART_KEY, part);
  return metadata;
}

/** What `connectionMetadata` wrote; a stream without it stands alone. */
export function readConnectionMetadata(metadata: Metadata): {
  readonly hop: string;
  readonly part: StreamPart;
} {
  const part = metadata.get(PART_KEY)[0] === "large" ? "large" : "small";
  return { hop: String(metadata.get(CONNECTION_KEY)[0] ?? ""), part };
}
