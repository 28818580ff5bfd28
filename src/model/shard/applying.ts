/**
 * The file in a replica's workspace that holds the number of the record it is applying, so that
 * whoever sees the process die knows which record killed it. Plain text, not fsynced: it has to
 * outlive the process, not the machine.
 */
export const APPLYING_FILE = "applying";

/**
 * The text that says "applying `seq`"; 0 is "nothing". Always of one length, so that it is written
 * over the one before.
 */
export function formatApplying(seq: number): string {
  return `${String(seq).padEnd(20)}\n`;
}

/** The record a dead process was applying, or undefined if none. */
export function parseApplying(text: string): number | undefined {
  const seq = Number(text.trim());
  return Number.isSafeInteger(seq) && seq > 0 ? seq : undefined;
}
