import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";

/** The content of a file at one time. */
export interface Fingerprint {
  readonly hash: string;
  /** The time of the last change of the content, the name or the mode. */
  readonly changedMs: number;
}

/** Returns undefined for a file that cannot be read, such as a part that the compiler adds. */
export async function readFingerprint(path: string): Promise<Fingerprint | undefined> {
  try {
    const changedMs = await changeTimeOf(path);
    const hash = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
    return changedMs === undefined ? undefined : { hash, changedMs };
  } catch {
    return undefined;
  }
}

/** Returns undefined for a file that does not exist. */
export async function changeTimeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ ctimeMs }) => ctimeMs,
    () => undefined,
  );
}
