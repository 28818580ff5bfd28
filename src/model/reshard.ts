/**
 * A step of putting a deployment's documents into another number of shards; a short-lived worker
 * carries it out.
 */
export type ReshardTask =
  | {
      /** Writes the documents of one old shard into `files`, one for each new shard. */
      readonly kind: "export";
      /**
       * The copy whose workspace this is must be one of these: only they hold every acknowledged
       * write.
       */
      readonly inSync: readonly string[];
      /** By new shard; each is made. */
      readonly files: readonly string[];
      readonly routingShards: number;
    }
  | {
      /** Makes the first copy of one new shard of the documents in `files`. */
      readonly kind: "import";
      readonly files: readonly string[];
    };

/** What such a worker says when it is done; then it exits. */
export interface ReshardDone {
  readonly type: "resharded";
  readonly processId: string;
  readonly copyId: string;
  readonly documents: number;
}
