/** The report of a copy with every heartbeat. */
export interface CopyReport {
  readonly term: number;
  readonly localCheckpoint: number;
  readonly globalCheckpoint: number;
  readonly storeBytes: number;
  readonly disk: CopyDisk;
  readonly readable: boolean;
}

/** The files of a copy, and the sizes that they reach at most. */
export interface CopyDisk {
  readonly logBytes: number;
  readonly maxLogBytes: number;
  /** The snapshots that are kept. A file that several snapshots share counts in each of them. */
  readonly snapshotBytes: number;
  /** In addition, a snapshot that is being made. */
  readonly maxSnapshotBytes: number;
}
