import { Metadata, type ServiceDefinition } from "@grpc/grpc-js";
import { defineMethod } from "../grpc.ts";

/** The service that the gateway calls on a worker (`protos/jflow.proto`). */
export const WORKER = {
  exchange: defineMethod("/jflow.Worker/Exchange", "bidi"),
} satisfies ServiceDefinition;

/**
 * The two streams of a connection: `small` for frames that share messages, `large` for the others.
 */
export type StreamPart = "small" | "large";

const CONNECTION_KEY = "jflow-hop";
const PART_KEY = "jflow-part";

/** Returns the metadata by which the worker pairs the two streams of a connection. */
export function connectionMetadata(connection: string, part: StreamPart): Metadata {
  const metadata = new Metadata();
  metadata.set(CONNECTION_KEY, connection);
  metadata.set(PART_KEY, part);
  return metadata;
}

/** Reads the metadata of `connectionMetadata`. The id is `""` if it is absent. */
export function readConnectionMetadata(metadata: Metadata): {
  readonly connection: string;
  readonly part: StreamPart;
} {
  const part = metadata.get(PART_KEY)[0] === "large" ? "large" : "small";
  return { connection: String(metadata.get(CONNECTION_KEY)[0] ?? ""), part };
}
