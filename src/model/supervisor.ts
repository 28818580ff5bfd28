import type { EndpointSchemas } from "../document/v2/endpoint-schema.ts";

/**
 * What the CLI tells a fresh supervisor over IPC, once. After its answer everything goes over the
 * supervisor's Unix socket.
 */
export type SupervisorCommand =
  | {
      readonly type: "run";
      /** The flow file, absolute. */
      readonly file: string;
      /** Where `${X}` in the file comes from. */
      readonly variables: Readonly<Record<string, string | undefined>>;
      /** An attached `up`: when nobody holds `Watch` any more, the flow stops. */
      readonly hold: boolean;
    }
  | {
      /** Compile, ask a short-lived child for each executor's endpoints, answer and exit. */
      readonly type: "describe";
      readonly file: string;
      readonly variables: Readonly<Record<string, string | undefined>>;
    }
  | {
      /**
       * Put a deployment's documents into another number of shards, while the flow does not run;
       * answer and exit.
       */
      readonly type: "reshard";
      readonly file: string;
      readonly variables: Readonly<Record<string, string | undefined>>;
      readonly deployment: string;
      readonly shards: number;
    };

/** What an executor declares: asked of a short-lived child. */
export interface Described {
  readonly endpoints: readonly string[];
  readonly writes: readonly string[];
  readonly polling: Readonly<Record<string, "ANY" | "ALL" | "HASH">>;
  readonly stateful: boolean;
  /** Of documents of docarray v2, by endpoint. */
  readonly schemas?: EndpointSchemas;
}

/** The supervisor's one answer over IPC. */
export type SupervisorAnswer =
  /** It owns the flow and listens; starting goes on, `Watch` tells how. */
  | { readonly type: "listening"; readonly socket: string; readonly pid: number }
  /** By deployment name. */
  | { readonly type: "described"; readonly deployments: Readonly<Record<string, Described>> }
  /** What was done, for people. */
  | { readonly type: "resharded"; readonly lines: readonly string[] }
  | { readonly type: "failed"; readonly code: string; readonly message: string };
