import type { OperationEvent } from "../supervisor.ts";

/** The details of an event, by kind. The kinds about a replica come first. */
export type EventDetails =
  /** A process was started. */
  | { readonly kind: "started"; readonly processId: string }
  | { readonly kind: "ready" }
  | { readonly kind: "unhealthy" }
  /** The supervisor sent SIGKILL. */
  | { readonly kind: "killed" }
  | { readonly kind: "exited"; readonly code: number | null; readonly signal: string | null }
  /** The replica is started again after a wait. */
  | { readonly kind: "restarting"; readonly delayMs: number }
  /** The replica is not started again without a command. */
  | { readonly kind: "failed" }
  | { readonly kind: "stopped"; readonly by: "user" | "flow" | "plan" }
  /** A copy became the primary of its shard. */
  | { readonly kind: "promoted"; readonly shard: string; readonly term: number }
  /** A replica uses more than its `memory_limit`, and is restarted. */
  | { readonly kind: "over_memory"; readonly rssBytes: number; readonly limitBytes: number }
  /** The load asks for another number of replicas of a deployment. */
  | {
      readonly kind: "autoscale";
      readonly from: number;
      readonly to: number;
      readonly inFlight: number;
      readonly queued: number;
    }
  /** A process lacks something although it runs, such as open files. */
  | { readonly kind: "problem" }
  | { readonly kind: "problem_over" }
  /** A sentence about the whole flow. */
  | { readonly kind: "notice" }
  | { readonly kind: "flow"; readonly state: "ready" | "failed" | "stopping" }
  /** The flow begins or ends to watch its files, takes saved files, or refuses them. */
  | {
      readonly kind: "watch";
      readonly state: "begun" | "ended" | "waiting" | "taken" | "unaffected" | "refused";
    }
  | {
      readonly kind: "operation";
      readonly operation: number;
      readonly state: OperationEvent["state"];
    };

/** An event before it is in the journal. */
export type EventBody = EventDetails & {
  /** The address of a replica, the name of a deployment, or `flow`. */
  readonly subject: string;
  /** The cause; null for an event without one. */
  readonly reason: string | null;
  /** One sentence for people, without the subject. */
  readonly text: string;
};

/** An event of the journal of a flow. `id` grows by 1 with each event of a supervisor. */
export type JournalEvent = EventBody & {
  readonly id: number;
  /** ISO 8601. */
  readonly at: string;
};
