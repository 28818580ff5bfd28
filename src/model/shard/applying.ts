/**
 * The file in the workspace of a replica that holds the number of the record being applied. When
 * the process dies, the supervisor reads which record killed it. The file is not fsynced: it has to
 * outlive the process, not the machine.
 */
export const APPLYING_FILE = "applying";

/**
 * Returns the text for "applying `seq`"; 0 means no record. Its length is always the same, so that
 * it overwrites the text before.
 */
export function formatApplying(seq: number): string {
  return `${String(seq).padEnd(20)}\n`;
}

/** Returns the record that a dead process was applying, or undefined. */
export function parseApplying(text: string): number | undefined {
  const seq = Number(text.trim());
  return Number.isSafeInteger(seq) && seq > 0 ? seq : undefined;
}
