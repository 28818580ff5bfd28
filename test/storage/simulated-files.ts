import { dirname, basename, normalize } from "node:path";
import type { Files, FolderEntry, OpenFile } from "../../src/storage/storage.ts";

/** A seeded source of numbers below 1: the same seed gives the same ones. */
export type Random = () => number;

/** Mulberry32: small, seeded, good enough to choose faults. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One call that changes something, as faults are asked about it. */
export interface FileCall {
  readonly name:
    | "create"
    | "write"
    | "truncate"
    | "datasync"
    | "makeFolder"
    | "rename"
    | "removeFile"
    | "removeTree"
    | "syncFolder";
  readonly path: string;
}

/** A call that a test can hold back. */
export interface HeldCall {
  readonly name: "read" | "write" | "datasync";
  readonly path: string;
}

/** Which unsynced writes a loss of power keeps. */
export type Survival =
  /** Only what was synced. */
  | { readonly keep: "synced" }
  /** Everything: the processes died, the machine lives. */
  | { readonly keep: "all" }
  /**
   * Of what was not synced some sectors and not others, in no order, the rest zeros: what a disk
   * may do.
   */
  | { readonly keep: "some"; readonly random: Random };

const SECTOR = 512;

class SimulatedFile {
  readonly kind = "file";
  bytes = Buffer.alloc(0);
  synced = Buffer.alloc(0);
  /**
   * Sectors that the cache holds and the disk does not; as in Linux, a failed sync forgets them
   * without writing them.
   */
  dirty = new Set<number>();
  readonly identity: number;
  constructor(identity: number) {
    this.identity = identity;
  }
}

class SimulatedFolder {
  readonly kind = "folder";
  entries = new Map<string, SimulatedNode>();
  synced = new Map<string, SimulatedNode>();
}

type SimulatedNode = SimulatedFile | SimulatedFolder;

/** The error that a real file system would throw, by its code. */
export function fileError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: simulated, '${path}'`), { code });
}

/**
 * A file system in memory that knows what is on its disk: bytes after a `datasync`, names after a
 * `syncFolder`, and nothing else. Tests count its calls, make them fail, and cut its power.
 */
export class SimulatedFiles implements Files {
  #root = new SimulatedFolder();
  #nextIdentity = 1;
  #isDead = false;
  readonly calls: FileCall[] = [];
  /** Asked before every changing call; an error that it gives is thrown instead of doing it. */
  fault: (call: FileCall) => Error | undefined = () => undefined;
  /** Called before each `read`, `write` and `datasync`, so that a test can hold one back. */
  gate: (call: HeldCall) => Promise<void> = async () => undefined;

  /**
   * Stops everything now and gives the file system that the next start finds. Calls still under way
   * fail.
   */
  losePower(survival: Survival): SimulatedFiles {
    this.#isDead = true;
    const next = new SimulatedFiles();
    next.#root = survival.keep === "all" ? this.#root : surviveFolder(this.#root, survival);
    next.#nextIdentity = this.#nextIdentity;
    return next;
  }

  count(name: FileCall["name"]): number {
    return this.calls.filter((call) => call.name === name).length;
  }

  /** The bytes of a file now, to look at or to garble; changing them changes disk and cache. */
  contentOf(path: string): Buffer {
    return this.#file(path).bytes;
  }

  /** Replaces a file's bytes on disk and in cache, as rot would. */
  setContent(path: string, bytes: Uint8Array): void {
    const file = this.#file(path);
    file.bytes = Buffer.from(bytes);
    file.synced = Buffer.from(bytes);
  }

  /** Writes a file as an executor would: without any sync. */
  async writeFile(path: string, bytes: Uint8Array): Promise<void> {
    const file = await this.open(path, "create");
    await file.write([bytes], 0);
    await file.close();
  }

  async open(path: string, how: "read" | "update" | "create"): Promise<OpenFile> {
    if (how !== "create") return this.#openNode(path, this.#file(path));
    this.#enter({ name: "create", path });
    const folder = this.#folder(dirname(path));
    if (folder.entries.has(basename(path))) throw fileError("EEXIST", path);
    const file = new SimulatedFile(this.#nextIdentity++);
    folder.entries.set(basename(path), file);
    return this.#openNode(path, file);
  }

  async list(folder: string): Promise<readonly FolderEntry[]> {
    this.#assertAlive();
    return [...this.#folder(folder).entries].map(([name, node]) => ({ name, kind: node.kind }));
  }

  async stat(path: string): Promise<{ size: number; identity: string }> {
    const file = this.#file(path);
    return { size: file.bytes.length, identity: String(file.identity) };
  }

  async makeFolder(path: string): Promise<void> {
    this.#enter({ name: "makeFolder", path });
    let folder = this.#root;
    for (const name of partsOf(path)) {
      const inner = folder.entries.get(name) ?? new SimulatedFolder();
      if (inner.kind === "file") throw fileError("ENOTDIR", path);
      folder.entries.set(name, inner);
      folder.synced.set(name, inner);
      folder = inner;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    this.#enter({ name: "rename", path: from });
    const node = this.#folder(dirname(from)).entries.get(basename(from));
    if (node === undefined) throw fileError("ENOENT", from);
    const target = this.#folder(dirname(to)).entries;
    if (target.get(basename(to))?.kind === "folder") throw fileError("ENOTEMPTY", to);
    target.set(basename(to), node);
    this.#folder(dirname(from)).entries.delete(basename(from));
  }

  async removeFile(path: string): Promise<void> {
    this.#enter({ name: "removeFile", path });
    this.#file(path);
    this.#folder(dirname(path)).entries.delete(basename(path));
  }

  async removeTree(path: string): Promise<void> {
    this.#enter({ name: "removeTree", path });
    this.#folder(dirname(path)).entries.delete(basename(path));
  }

  async syncFolder(path: string): Promise<void> {
    this.#enter({ name: "syncFolder", path });
    const folder = this.#folder(path);
    folder.synced = new Map(folder.entries);
  }

  #openNode(path: string, file: SimulatedFile): OpenFile {
    let isOpen = true;
    return {
      read: async (into, position) => {
        if (!isOpen) throw fileError("EBADF", path);
        await this.gate({ name: "read", path });
        this.#assertAlive();
        const part = file.bytes.subarray(position, position + into.length);
        into.set(part);
        return part.length;
      },
      write: async (buffers, position) => {
        await this.gate({ name: "write", path });
        const added = Buffer.concat(buffers);
        const fault = this.#faultOf({ name: "write", path });
        // A write that fails may have written a part, as on a disk that fills up.
        const done = fault === undefined ? added : added.subarray(0, added.length >> 1);
        const bytes = Buffer.alloc(Math.max(file.bytes.length, position + done.length));
        file.bytes.copy(bytes);
        done.copy(bytes, position);
        file.bytes = bytes;
        for (let at = position; at < position + done.length; at += SECTOR - (at % SECTOR))
          file.dirty.add(Math.floor(at / SECTOR));
        if (fault !== undefined) throw fault;
      },
      truncate: async (size) => {
        this.#enter({ name: "truncate", path });
        file.bytes = Buffer.from(file.bytes.subarray(0, size));
      },
      datasync: async () => {
        const [bytes, dirty] = [Buffer.from(file.bytes), file.dirty];
        file.dirty = new Set();
        await this.gate({ name: "datasync", path });
        this.#enter({ name: "datasync", path });
        const synced = Buffer.alloc(bytes.length);
        file.synced.copy(synced);
        for (const sector of dirty) copySector(bytes, synced, sector * SECTOR);
        file.synced = synced;
      },
      size: async () => file.bytes.length,
      close: async () => {
        isOpen = false;
      },
    };
  }

  #enter(call: FileCall): void {
    const fault = this.#faultOf(call);
    if (fault !== undefined) throw fault;
  }

  #faultOf(call: FileCall): Error | undefined {
    this.#assertAlive();
    this.calls.push(call);
    return this.fault(call);
  }

  #assertAlive(): void {
    if (this.#isDead) throw new Error("the simulated machine is off");
  }

  #folder(path: string): SimulatedFolder {
    let folder = this.#root;
    for (const name of partsOf(path)) {
      const inner = folder.entries.get(name);
      if (inner?.kind !== "folder") throw fileError("ENOENT", path);
      folder = inner;
    }
    return folder;
  }

  #file(path: string): SimulatedFile {
    this.#assertAlive();
    const node = this.#folder(dirname(path)).entries.get(basename(path));
    if (node?.kind !== "file") throw fileError("ENOENT", path);
    return node;
  }
}

function partsOf(path: string): string[] {
  return normalize(path)
    .split("/")
    .filter((part) => part !== "" && part !== ".");
}

type LossSurvival = Exclude<Survival, { readonly keep: "all" }>;

function surviveFolder(folder: SimulatedFolder, survival: LossSurvival): SimulatedFolder {
  const next = new SimulatedFolder();
  for (const [name, node] of folder.synced)
    next.entries.set(
      name,
      node.kind === "file" ? surviveFile(node, survival) : surviveFolder(node, survival),
    );
  next.synced = new Map(next.entries);
  return next;
}

function surviveFile(file: SimulatedFile, survival: LossSurvival): SimulatedFile {
  const next = new SimulatedFile(file.identity);
  next.bytes = survivingBytes(file, survival);
  next.synced = Buffer.from(next.bytes);
  return next;
}

function survivingBytes(file: SimulatedFile, survival: LossSurvival): Buffer<ArrayBuffer> {
  if (survival.keep === "synced") return Buffer.from(file.synced);
  const { random } = survival;
  const longest = Math.max(file.bytes.length, file.synced.length);
  const shortest = Math.min(file.bytes.length, file.synced.length);
  const length = shortest + Math.floor(random() * (longest - shortest + 1));
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += SECTOR) {
    copySector(random() < 0.5 ? file.bytes : file.synced, bytes, at);
  }
  return bytes;
}

function copySector(from: Buffer, to: Buffer, at: number): void {
  const part = from.subarray(at, Math.min(at + SECTOR, to.length));
  if (part.length > 0) to.set(part, at);
}
