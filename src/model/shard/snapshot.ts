/**
 * A piece of one file of a snapshot that is sent to another copy. Files follow one another, each
 * from its start to its end. An empty file is one piece without bytes.
 */
export interface SnapshotChunk {
  /**
   * The file: `manifest`, `extra`, or `files/` and the name of a file of the executor. Checked on
   * arrival.
   */
  readonly file: string;
  /** The offset of the first byte in its file. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}
