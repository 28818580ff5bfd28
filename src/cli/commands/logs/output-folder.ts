import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { parseOutputLine, type OutputLine } from "../../../model/output-line.ts";
import { OutputReader } from "./output-reader.ts";

/** A line of output with the replica that wrote it. */
export interface ReplicaLine extends OutputLine {
  readonly address: string;
}

/** Reads the output of the replicas of a flow, also of those that are added meanwhile. */
export class OutputFolder implements AsyncDisposable {
  readonly #folder: string;
  readonly #isWanted: (address: string) => boolean;
  readonly #readers = new Map<string, OutputReader>();

  /** `isWanted` decides which replicas are read. */
  constructor(folder: string, isWanted: (address: string) => boolean) {
    this.#folder = folder;
    this.#isWanted = isWanted;
  }

  /** Whether any wanted replica has an output file. */
  get hasFiles(): boolean {
    return this.#readers.size > 0;
  }

  /** Returns the lines that each replica wrote since the last call. */
  async readNew(): Promise<readonly (readonly ReplicaLine[])[]> {
    for (const address of (await addressesIn(this.#folder)).filter(this.#isWanted))
      if (!this.#readers.has(address))
        this.#readers.set(address, new OutputReader(this.#folder, address));
    return Promise.all([...this.#readers.values()].map(async (reader) => readLines(reader)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const reader of this.#readers.values()) await reader[Symbol.asyncDispose]();
  }
}

/** Returns the addresses of the replicas with output. */
export async function addressesIn(folder: string): Promise<readonly string[]> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  return names
    .filter((name) => name.endsWith(".log") && name !== "supervisor.log")
    .map((name) => name.slice(0, -".log".length).replace(/-(\d+)-(\d+)$/, "/$1/$2"))
    .toSorted();
}

async function readLines(reader: OutputReader): Promise<readonly ReplicaLine[]> {
  const lines = (await reader.readNew()).map(parseOutputLine).filter((line) => line !== undefined);
  return lines.map((line) => ({ ...line, address: reader.address }));
}
