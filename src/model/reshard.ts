/** A step of `jflow reshard`. A short-lived worker carries it out. */
export type ReshardTask =
  | {
      /** Writes the documents of one old shard into `files`, one for each new shard. */
      readonly kind: "export";
      /**
       * The copies of which one must own the workspace: only they hold every acknowledged write.
       */
      readonly inSync: readonly string[];
      /** The paths of the files, by new shard. Each file is made. */
      readonly files: readonly string[];
      readonly routingShards: number;
    }
  | {
      /** Makes the first copy of one new shard of the documents in `files`. */
      readonly kind: "import";
      readonly files: readonly string[];
    }
  | {
      /**
       * Loads a backup with the executor, applies the records of its log, and keeps the state as
       * its only snapshot.
       */
      readonly kind: "prepare";
    };

/** The last message of that worker, which then exits. */
export interface ReshardDone {
  readonly type: "resharded";
  readonly processId: string;
  readonly copyId: string;
  readonly documents: number;
}
