import { closeSync, ftruncateSync, openSync, readSync, writevSync } from "node:fs";
import { copyFile, link, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { JflowError } from "../../util/errors.ts";

/**
 * Why a hard link may be impossible although a copy is possible: another file system, one without
 * links, too many links.
 */
const NO_LINK = new Set(["EXDEV", "EPERM", "EMLINK", "ENOTSUP", "ENOSYS"]);

/** The file of segment `number`. */
export function segmentName(number: number): string {
  return `segment-${String(number).padStart(6, "0")}.docs`;
}

/** Returns whether a file of that name is a segment. */
export function isSegmentName(name: string): boolean {
  return /^segment-\d{6,}\.docs$/.test(name);
}

/** A segment as a snapshot lists it. */
export interface SegmentSizes {
  readonly number: number;
  /** Length, and how much of it is records that are replaced or deleted. */
  readonly bytes: number;
  readonly deadBytes: number;
}

/**
 * One append-only file of records. A sealed one is never written again, so it may share its bytes
 * with snapshots.
 */
export class DocumentSegment {
  readonly number: number;
  readonly path: string;
  readonly #file: number;
  #bytes: number;
  #deadBytes: number;

  private constructor(
    path: string,
    number: number,
    file: number,
    sizes: { bytes: number; deadBytes: number },
  ) {
    this.path = path;
    this.number = number;
    this.#file = file;
    this.#bytes = sizes.bytes;
    this.#deadBytes = sizes.deadBytes;
  }

  /** Makes an empty segment. */
  static create(folder: string, number: number): DocumentSegment {
    const path = join(folder, segmentName(number));
    return new DocumentSegment(path, number, openSync(path, "wx+", 0o600), {
      bytes: 0,
      deadBytes: 0,
    });
  }

  /**
   * Brings a segment of a snapshot into `folder`: as a copy that may be written on, or linked and
   * sealed.
   */
  static async takeOver(
    snapshot: string,
    folder: string,
    sizes: SegmentSizes,
    goesOn: boolean,
  ): Promise<DocumentSegment> {
    const path = join(folder, segmentName(sizes.number));
    const source = join(snapshot, segmentName(sizes.number));
    await (goesOn ? copyFile(source, path) : linkOrCopy(source, path));
    return new DocumentSegment(path, sizes.number, openSync(path, goesOn ? "r+" : "r"), sizes);
  }

  /** Length in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of records that are replaced or deleted. */
  get deadBytes(): number {
    return this.#deadBytes;
  }

  /** Counts a record as dead. */
  markDead(length: number): void {
    this.#deadBytes += length;
  }

  /**
   * Appends the parts as one record and returns the offset of the record. Throws
   * `RESOURCE_EXHAUSTED` if the disk is full, `INTERNAL` for other faults; the segment is then
   * unchanged.
   */
  append(parts: readonly Uint8Array[]): number {
    const at = this.#bytes;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    try {
      const written = writevSync(this.#file, [...parts], at);
      if (written !== length)
        throw Object.assign(new Error(`wrote ${written} of ${length} bytes`), { code: "ENOSPC" });
    } catch (cause) {
      ftruncateSync(this.#file, at);
      const code = errorCode(cause) === "ENOSPC" ? "RESOURCE_EXHAUSTED" : "INTERNAL";
      throw new JflowError(code, `cannot write to ${this.path}`, { cause });
    }
    this.#bytes += length;
    return at;
  }

  /** The bytes from `offset`, at most `length` and no further than the end. */
  read(offset: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(Math.min(length, this.#bytes - offset));
    let done = 0;
    while (done < buffer.length) {
      const got = readSync(this.#file, buffer, done, buffer.length - done, offset + done);
      if (got === 0) break;
      done += got;
    }
    return buffer.subarray(0, done);
  }

  /** Gives `folder` the segment as it is now: a link if it is sealed, else a copy. */
  async shareWith(folder: string, isSealed: boolean): Promise<void> {
    const target = join(folder, segmentName(this.number));
    if (isSealed) {
      await linkOrCopy(this.path, target);
      return;
    }
    await copyFile(this.path, target);
    await truncate(target, this.#bytes);
  }

  close(): void {
    closeSync(this.#file);
  }

  /**
   * Closes the segment and removes its file from the folder. Snapshots that link to the file keep
   * the bytes.
   */
  async discard(): Promise<void> {
    this.close();
    await rm(this.path);
  }
}

/** Makes a hard link to a file that is never written again, or a copy if links are impossible. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    if (!NO_LINK.has(errorCode(error) ?? "")) throw error;
    await copyFile(source, target);
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}
