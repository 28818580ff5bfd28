import type { HealthReport, ShardStatus } from "../../model/control.ts";
import type { EndpointSchema } from "../../document/v2/endpoint-schema.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import type { DocumentRequest } from "../../wire/jina/messages/document-request.ts";
import type { RequestStatus } from "../../wire/jina/messages/header.ts";
import type { Answer, FrontCall } from "./request-handler.ts";

/** What a front stands before: the flow, as it is served whatever the protocol. */
export interface FlowFront {
  /** Rejects with a `JflowError`. */
  handle(request: DataRequest, call: FrontCall): Promise<Answer>;
  /** Answers one document with many; rejects with a `JflowError`. */
  streamDocument(request: DocumentRequest, call: FrontCall): AsyncIterable<DocumentRequest>;
  /** Whether every deployment can be reached. */
  dryRun(): RequestStatus;
  readonly isReady: boolean;
  /** All endpoints that the flow's executors bind. */
  listEndpoints(): readonly string[];
  /**
   * What the documents of an endpoint look like where the executors read docarray v2; undefined
   * where they read docarray v1, or nobody binds it.
   */
  findSchema(endpoint: string, targetExecutor: string): EndpointSchema | undefined;
  /**
   * What goes in and comes out of an endpoint that answers one document with many; undefined for
   * any other, and where the executor does not tell (docarray v1).
   */
  findStreamSchema(endpoint: string): EndpointSchema | undefined;
  /** Some executor reads documents of docarray v2. */
  readonly usesV2: boolean;
  /** Asked of the supervisor. Rejects with `UNAVAILABLE` where it does not answer. */
  askShards(): Promise<readonly ShardStatus[]>;
  askHealth(): Promise<HealthReport>;
  readonly name: string;
  readonly version: string;
}
