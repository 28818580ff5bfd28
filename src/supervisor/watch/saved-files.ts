import { readFingerprint, type Fingerprint } from "../changes/fingerprint.ts";

/** A file that was saved, or that is gone. */
export interface SavedFile {
  readonly path: string;
  readonly isGone: boolean;
}

type Files = ReadonlyMap<string, Fingerprint | undefined>;

/** An existing file with another content than any. */
const UNKNOWN: Fingerprint = { hash: "", changedMs: -1 };

/** The watched files as they were at the last comparison. */
export class SavedFiles {
  #known: Files = new Map();

  get paths(): readonly string[] {
    return [...this.#known.keys()];
  }

  countExisting(): number {
    return [...this.#known.values()].filter((file) => file !== undefined).length;
  }

  /**
   * Returns the files with another content than at the last comparison. `byTime`: also those that
   * were saved with the same content.
   */
  async compare(byTime: boolean): Promise<readonly SavedFile[]> {
    const before = this.#known;
    this.#known = await readAll(this.paths);
    return [...this.#known].flatMap(([path, now]) => {
      const old = before.get(path);
      const isSaved = byTime ? old?.changedMs !== now?.changedMs : old?.hash !== now?.hash;
      return isSaved ? [{ path, isGone: now === undefined }] : [];
    });
  }

  /**
   * Compares these files from now on. Those that are new were read after `readMs`, in milliseconds
   * since 1970. Returns whether one of them was saved since then.
   */
  async follow(paths: readonly string[], readMs: number): Promise<boolean> {
    const added = await readAll(paths.filter((path) => !this.#known.has(path)));
    const late = [...added.values()].filter((now) => now !== undefined && now.changedMs >= readMs);
    const asRead = [...added].map(
      ([path, now]) => [path, late.includes(now) ? UNKNOWN : now] as const,
    );
    const wanted = new Set(paths);
    this.#known = new Map([...[...this.#known].filter(([path]) => wanted.has(path)), ...asRead]);
    return late.length > 0;
  }
}

async function readAll(paths: readonly string[]): Promise<Files> {
  const read = paths.map(async (path) => [path, await readFingerprint(path)] as const);
  return new Map(await Promise.all(read));
}
