import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Busy } from "../core/busy.ts";
import { ContentDigest, hashEntry } from "../core/digest.ts";
import { type DocumentsHeader, loadLocations, saveLocations } from "./documents-file.ts";
import { type Location, Locations } from "./locations.ts";
import { assertSize, damagedRecord, recordsOf } from "./read-records.ts";
import { decodeRecord, encodeRecord } from "./record.ts";
import { DocumentSegment, isSegmentName } from "./segment.ts";
import { Slices } from "../core/slices.ts";
import { DOCUMENT_SEGMENT_BYTES } from "../../util/limits/search.ts";

/**
 * Snapshots and restores copy the open segment if it is below this part of `segmentBytes`, and seal
 * and link a longer one: few segments, small copies.
 */
const COPY_PART = 1 / 8;

/** Options of a store. */
export interface StoreOptions {
  /** Length in bytes at which a segment is sealed: 64 MB unless given. */
  readonly segmentBytes?: number;
}

/**
 * Documents by id, in append-only segment files. Only their locations are in memory. The working
 * folder is not durable. It is made again from a snapshot, so its files are not fsynced. One write
 * at a time, as for an index: `put`, `delete`, `compact` and `snapshot` throw `FAILED_PRECONDITION`
 * while a `compact` or `snapshot` runs; reads may come at any time.
 */
export class DocumentStore {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #busy = new Busy("document store");
  readonly #locations = new Locations();
  readonly #segments: Map<number, DocumentSegment> = new Map();
  #digest = new ContentDigest();
  #open: DocumentSegment | undefined;
  #nextNumber = 1;

  private constructor(folder: string, { segmentBytes = DOCUMENT_SEGMENT_BYTES }: StoreOptions) {
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
  }

  /** Opens an empty store in `folder`. Removes the segment files that it finds there. */
  static async open(folder: string, options: StoreOptions = {}): Promise<DocumentStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) if (isSegmentName(name)) await rm(join(folder, name));
    return new DocumentStore(folder, options);
  }

  /**
   * Opens the store that `snapshot` wrote, in the working folder `folder`, which is emptied first.
   * Throws `DATA_LOSS` if a file is missing, short or damaged.
   */
  static async restore(
    snapshot: string,
    folder: string,
    options: StoreOptions = {},
  ): Promise<DocumentStore> {
    const store = await DocumentStore.open(folder, options);
    try {
      await store.#load(snapshot);
      return store;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  get count(): number {
    return this.#locations.size;
  }

  has(id: string): boolean {
    return this.#locations.get(id) !== undefined;
  }

  /** All ids, in the order in which they first came. */
  ids(): IterableIterator<string> {
    return this.#locations.ids();
  }

  /**
   * A hash of ids and documents. Equal content has equal hashes, regardless of the operations that
   * led to it.
   */
  digest(): string {
    return this.#digest.toString();
  }

  /**
   * Stores a document, which replaces the document with that id. Throws `RESOURCE_EXHAUSTED` if the
   * disk is full. The old document then stays.
   */
  put(id: string, bytes: Uint8Array): void {
    this.#busy.assertIdle();
    const record = encodeRecord(id, bytes);
    const segment = this.#segmentToWrite();
    const offset = segment.append(record);
    this.#forget(id);
    const hash = hashEntry(id, bytes);
    this.#digest.toggle(hash);
    this.#locations.set(id, {
      segment: segment.number,
      offset,
      length: record[0].length + record[1].length,
      hash,
    });
  }

  /**
   * Returns the document of an id, or undefined. Throws `DATA_LOSS` that names the position when
   * its record is damaged.
   */
  get(id: string): Uint8Array | undefined {
    const location = this.#locations.get(id);
    if (location === undefined) return undefined;
    const segment = this.#segments.get(location.segment)!;
    const record = decodeRecord(segment.read(location.offset, location.length));
    if (record?.id !== id) throw damagedRecord(segment, location.offset, id);
    return record.bytes;
  }

  /** The documents of those ids, in their order. Throws as `get` does. */
  getMany(ids: readonly string[]): (Uint8Array | undefined)[] {
    return ids.map((id) => this.get(id));
  }

  /** Removes a document. Returns false when the id is unknown. */
  delete(id: string): boolean {
    this.#busy.assertIdle();
    if (!this.has(id)) return false;
    this.#forget(id);
    this.#locations.delete(id);
    return true;
  }

  /**
   * Rewrites the living documents of each sealed segment of which more than half is dead, and
   * removes the segment. Returns the number of released bytes. Yields to the event loop about every
   * 8 ms. Throws `DATA_LOSS` at a damaged record. All undamaged documents are kept.
   */
  compact(): Promise<number> {
    return this.#busy.run("saving", () => this.#compact());
  }

  /**
   * Compacts, then writes the state into `folder` (made if need be): hard links to sealed segments,
   * a copy of a short open one, and `documents.index`. Complete, but not fsynced, when the promise
   * resolves. The files may never be changed. Throws as `compact` does.
   */
  async snapshot(folder: string): Promise<void> {
    await this.#busy.run("saving", async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await this.#compact();
      if (this.#open !== undefined && !this.#isShort(this.#open.bytes)) this.#open = undefined;
      for (const segment of this.#segments.values())
        await segment.shareWith(folder, segment !== this.#open);
      this.#busy.assertOpen();
      const segments = [...this.#segments.values()].map(({ number, bytes, deadBytes }) => ({
        number,
        bytes,
        deadBytes,
      }));
      await saveLocations(folder, this.#locations, { digest: this.digest(), segments });
    });
  }

  /** Closes the files. No method may be called afterwards. */
  close(): void {
    this.#busy.close(() => {
      for (const segment of this.#segments.values()) segment.close();
      this.#segments.clear();
    });
  }

  async #load(snapshot: string): Promise<void> {
    const header: DocumentsHeader = await loadLocations(snapshot, this.#locations);
    this.#digest = ContentDigest.parse(header.digest);
    const last = header.segments.at(-1);
    for (const sizes of header.segments) {
      await assertSize(snapshot, sizes);
      const goesOn = sizes === last && this.#isShort(sizes.bytes);
      const segment = await DocumentSegment.takeOver(snapshot, this.#folder, sizes, goesOn);
      this.#segments.set(sizes.number, segment);
      if (goesOn) this.#open = segment;
      this.#nextNumber = sizes.number + 1;
    }
  }

  /**
   * Returns whether an open segment of that length is copied and written on, not sealed and linked.
   */
  #isShort(bytes: number): boolean {
    return bytes < this.#segmentBytes * COPY_PART;
  }

  #forget(id: string): void {
    const old = this.#locations.get(id);
    if (old === undefined) return;
    this.#digest.toggle(old.hash);
    this.#segments.get(old.segment)?.markDead(old.length);
  }

  #segmentToWrite(): DocumentSegment {
    if (this.#open !== undefined && this.#open.bytes < this.#segmentBytes) return this.#open;
    this.#open = DocumentSegment.create(this.#folder, this.#nextNumber);
    this.#segments.set(this.#nextNumber, this.#open);
    this.#nextNumber += 1;
    return this.#open;
  }

  async #compact(): Promise<number> {
    let freed = 0;
    for (const segment of this.#segments.values()) {
      if (segment === this.#open || segment.deadBytes * 2 <= segment.bytes) continue;
      freed += segment.deadBytes;
      if (segment.deadBytes < segment.bytes) await this.#moveLiving(segment);
      this.#segments.delete(segment.number);
      await segment.discard();
    }
    return freed;
  }

  async #moveLiving(segment: DocumentSegment): Promise<void> {
    const slices = new Slices();
    for (const { offset, record, raw } of recordsOf(segment)) {
      const location = this.#locations.get(record.id);
      if (location?.segment === segment.number && location.offset === offset) {
        this.#move(record.id, location, raw);
        segment.markDead(location.length);
      }
      if (!slices.isOver()) continue;
      await slices.next();
      this.#busy.assertOpen();
    }
  }

  #move(id: string, location: Location, raw: Uint8Array): void {
    const target = this.#segmentToWrite();
    this.#locations.set(id, { ...location, segment: target.number, offset: target.append([raw]) });
  }
}
