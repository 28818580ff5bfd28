import { execFile } from "node:child_process";
import { closeSync, constants, createReadStream, openSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { promisify } from "node:util";
import { unpackFile, writePacked } from "../files/packed-file.ts";
import type { Hnswlib } from "./hnswlib.ts";
import { type GraphShape, NativeGraph } from "./native-graph.ts";

/** Writes the graph as hnswlib does, or packed. */
export async function saveGraph(
  graph: NativeGraph,
  path: string,
  isPacked: boolean,
): Promise<void> {
  await rm(path, { force: true });
  if (isPacked) return savePacked(graph, path);
  await graph.save(path);
  // The native library follows the umask.
  return chmod(path, 0o600);
}

/**
 * hnswlib takes the name of a file only. A named pipe saves the space of the unpacked graph on
 * disk, which is several times that of the packed one.
 */
async function savePacked(graph: NativeGraph, path: string): Promise<void> {
  const native = `${path}.native`;
  try {
    await rm(native, { force: true });
    if (await makePipe(native)) return await writeThroughPipe(graph, native, path);
    await graph.save(native);
    return await writePacked(path, createReadStream(native));
  } finally {
    await rm(native, { force: true });
  }
}

/** Returns false where the machine has no named pipes. */
async function makePipe(path: string): Promise<boolean> {
  return promisify(execFile)("mkfifo", ["-m", "600", path]).then(
    () => true,
    () => false,
  );
}

/**
 * The reader is a socket, because `fs` reads in the same threads in which hnswlib writes, and all
 * of them may wait for a reader. A write end stays open until hnswlib is done: without one, the
 * reader would be at its end before hnswlib opens the pipe. hnswlib also needs a reader after
 * `path` could not be written: without one, hnswlib would keep its thread for as long as the
 * process runs.
 */
async function writeThroughPipe(graph: NativeGraph, pipe: string, path: string): Promise<void> {
  const reader = new Socket({ fd: openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK) });
  const writeEnd = openSync(pipe, constants.O_WRONLY);
  const saving = graph.save(pipe).finally(() => closeSync(writeEnd));
  const chunks = reader.iterator({ destroyOnReturn: false });
  const writing = writePacked(path, chunks).finally(() => reader.resume());
  await Promise.allSettled([saving, writing]);
  reader.destroy();
  await Promise.all([saving, writing]);
}

/** Reads a packed graph. `scratch` is a file that exists only meanwhile. Throws `DATA_LOSS`. */
export async function loadPackedGraph(
  hnswlib: Hnswlib,
  shape: GraphShape,
  { path, scratch }: { readonly path: string; readonly scratch: string },
): Promise<NativeGraph> {
  try {
    await unpackFile(path, scratch);
    return await NativeGraph.load(hnswlib, shape, scratch);
  } finally {
    await rm(scratch, { force: true });
  }
}
