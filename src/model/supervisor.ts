import type { EndpointSchemas } from "../document/v2/endpoint-schema.ts";

/** The variables of a flow file. */
export interface FlowVariables {
  /** The values of `${X}` in the file. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Env files by absolute path, in addition to `.env` next to the flow file. Default: none. */
  readonly envFiles?: readonly string[];
}

/**
 * The one command of the CLI to a new supervisor, over IPC. After the answer, all messages use the
 * Unix socket of the supervisor.
 */
export type SupervisorCommand =
  | (FlowVariables & {
      readonly type: "run";
      /** The flow file, absolute. */
      readonly file: string;
      /** An attached `up`: the flow stops when the watcher that holds it is gone. */
      readonly hold: boolean;
      /** Whether to watch the files of the flow. Default: as the flow file says. */
      readonly watch?: boolean;
    })
  | (FlowVariables & {
      /**
       * Compile the executors, ask a short-lived child for the endpoints of each, answer and exit.
       */
      readonly type: "describe";
      readonly file: string;
    })
  | (FlowVariables & {
      /**
       * Move the documents of a deployment into another number of shards while the flow does not
       * run, answer and exit.
       */
      readonly type: "reshard";
      readonly file: string;
      readonly deployment: string;
      readonly shards: number;
      /** The absolute folder of a backup, whose documents replace those of the deployment. */
      readonly backup?: string;
    })
  /** End the processes that a killed supervisor of the flow left, answer and exit. */
  | { readonly type: "reap"; readonly file: string };

/** The declaration of an executor, read by a short-lived child. */
export interface Described {
  readonly endpoints: readonly string[];
  readonly writes: readonly string[];
  readonly polling: Readonly<Record<string, "ANY" | "ALL" | "HASH">>;
  readonly stateful: boolean;
  /** The schemas of docarray v2 documents, by endpoint. */
  readonly schemas?: EndpointSchemas;
}

/** The one answer of the supervisor over IPC. */
export type SupervisorAnswer =
  /** The supervisor owns the flow and listens. The start continues, and `Watch` reports it. */
  | { readonly type: "listening"; readonly socket: string; readonly pid: number }
  /** The executors by deployment name. */
  | { readonly type: "described"; readonly deployments: Readonly<Record<string, Described>> }
  /** The steps that were done, for users. */
  | { readonly type: "resharded"; readonly lines: readonly string[] }
  | { readonly type: "reaped"; readonly notices: readonly string[] }
  | { readonly type: "failed"; readonly code: string; readonly message: string };

/**
 * A long command for a running flow: `jflow scale`, `jflow restart`, `jflow up`, `jflow backup`.
 */
export type OperationKind = "scale" | "autoscale" | "restart" | "update" | BackupRequest["ask"];

export type OperationState = "running" | "done" | "failed" | "cancelled";

/** A step of an operation, or its end. */
export interface OperationEvent {
  readonly type: "operation";
  /** Grows with each operation of a supervisor. */
  readonly id: number;
  readonly kind: OperationKind;
  /** The deployments that it changes. */
  readonly deployments: readonly string[];
  readonly state: OperationState;
  /** One sentence for people. */
  readonly text: string;
}

/** Begins an operation. `timeoutMs` limits each wait. */
export type OperationRequest = { readonly timeoutMs?: number } & (
  | {
      readonly ask: "scale";
      /** The numbers of replicas of each shard, by deployment. */
      readonly replicas: Readonly<Record<string, number>>;
    }
  | (FlowVariables & {
      readonly ask: "update";
      /** Only returns the changes. */
      readonly dryRun: boolean;
      /** Whether to watch the files of the flow from now on. Default: as before. */
      readonly watch?: boolean;
    })
  | {
      readonly ask: "restart";
      /** Empty: all replicas but the gateway. */
      readonly addresses: readonly string[];
      readonly allAtOnce: boolean;
    }
);

/** Begins an operation on the data of a deployment. `folder` is absolute, on this machine. */
export interface BackupRequest {
  /**
   * `backup` writes a backup into an empty folder, and `export` files of documents. `restore` reads
   * a backup.
   */
  readonly ask: "backup" | "export" | "restore";
  readonly deployment: string;
  readonly folder: string;
}

/** One change of a running flow. `part`: a deployment, a replica or `gateway`. */
export interface PlanChange {
  readonly sign: "+" | "~" | "-";
  readonly part: string;
  /** `~ encoder: env changed, rolling`. */
  readonly text: string;
}
