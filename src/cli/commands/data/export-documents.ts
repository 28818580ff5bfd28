import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, open, readdir, rename, rm, type FileHandle } from "node:fs/promises";
import { join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { DOCUMENTS_FILE } from "../../../model/shard/backup.ts";
import { flowPaths } from "../../../model/paths.ts";
import { Document } from "../../../document/document.ts";
import { readDocuments } from "../../../document/document-file.ts";
import { documentToJson } from "../../../document/json/json-document.ts";
import { followOperation } from "../../flows/follow-operation.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import type { CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";

interface ExportOptions extends FlowOptions {
  /** The path of the written file; absent: stdout. */
  readonly output?: string;
  readonly withoutEmbeddings?: boolean;
}

/**
 * `jflow export-documents <executor>`: writes all documents of a running executor as JSON Lines,
 * one shard after another. A file of `-o` is complete or does not exist.
 */
export async function exportDocuments(
  context: CommandContext,
  options: ExportOptions,
  deployment: string,
): Promise<number> {
  const { terminal } = context;
  const flow = await requireRunningFlow(terminal, options);
  const folder = await mkdtemp(join(flowPaths(flow.file, flow.stateDir).folder, "export-"));
  const files: FileHandle[] = [];
  try {
    const request = { ask: "export", deployment, folder } as const;
    const code = await followOperation(context, flow.socket, request);
    if (code !== EXIT.ok) return code;
    const names = (await readdir(folder)).filter((name) => name.endsWith(DOCUMENTS_FILE));
    const sorted = names.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
    for (const name of sorted) files.push(await open(join(folder, name)));
  } finally {
    // The open files stay readable. Nothing is left if the reader of a pipe ends.
    await rm(folder, { recursive: true, force: true });
  }
  const lines = linesOf(files, options);
  if (options.output === undefined) await writeLines(terminal.stdout, lines);
  else await writeFile(resolve(terminal.cwd(), options.output), lines);
  return EXIT.ok;
}

async function* linesOf(
  files: readonly FileHandle[],
  { withoutEmbeddings = false }: ExportOptions,
): AsyncGenerator<string> {
  const without = new Set(withoutEmbeddings ? ["embedding"] : []);
  for (const file of files) {
    for await (const bytes of readDocuments(file, "the file of exported documents"))
      yield `${JSON.stringify(documentToJson(Document.decode(bytes), { empty: "omit", without }))}\n`;
    await file.close();
  }
}

async function writeLines(
  stream: NodeJS.WritableStream,
  lines: AsyncIterable<string>,
): Promise<void> {
  for await (const line of lines) if (!stream.write(line)) await once(stream, "drain");
}

async function writeFile(path: string, lines: AsyncIterable<string>): Promise<void> {
  const partial = `${path}.partial`;
  const stream = createWriteStream(partial);
  const done = finished(stream);
  try {
    await Promise.race([writeLines(stream, lines), done]);
    stream.end();
    await done;
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
