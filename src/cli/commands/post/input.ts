import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import {
  describeInputFile,
  expandGlob,
  readInput,
  toInput,
  type InputDocument,
  type InputFile,
} from "../../../client/client.ts";
import { Document } from "../../../document/document.ts";
import { JflowError } from "../../../util/errors.ts";
import { tell, type CommandContext } from "../../terminal/context.ts";
import { formatPlace, type PostFailures } from "./failures.ts";

/** What is posted, and how much of it there is. */
export interface PostInput extends AsyncDisposable {
  /**
   * Whether sources were named but hold no document. Reads the first one, which `documents` then
   * gives again.
   */
  isEmpty(): Promise<boolean>;
  documents(): AsyncIterable<InputDocument>;
  /** Size of the files on disk in bytes; undefined when standard input is among them. */
  readonly totalBytes: number | undefined;
  /** Documents there will be, where that is known. */
  readonly totalDocuments: number | undefined;
  /** Bytes read so far. */
  readonly readBytes: number;
  /** Documents read from those bytes. */
  readonly readDocuments: number;
  /** Told of each line that is no document; unless set, stderr is. */
  report: (line: string) => void;
}

interface InputSettings {
  readonly context: CommandContext;
  readonly input?: readonly string[];
  readonly text?: readonly string[];
  readonly limit?: number;
  readonly onError: "stop" | "skip";
  readonly failures: PostFailures;
}

/**
 * Opens `--text` and `--input`. Throws `NOT_FOUND` for a file or glob that names nothing,
 * `INVALID_ARGUMENT` for a folder, or for a terminal as standard input: all before the first
 * document is sent.
 */
export async function openPostInput(settings: InputSettings): Promise<PostInput> {
  const { context, input = [], text = [] } = settings;
  const files = (await Promise.all(input.map(async (source) => filesOf(context, source)))).flat();
  const usesStdin = files.some((file) => file.path === "-");
  if (usesStdin && context.terminal.stdin.isTTY)
    throw new JflowError(
      "INVALID_ARGUMENT",
      "--input - reads a pipe: cat data.jsonl | jflow post ... --input -",
    );
  const sizes = await Promise.all(files.map(sizeOf));
  return new OpenInput(settings, files, {
    totalBytes:
      usesStdin || files.length === 0 ? undefined : sizes.reduce((sum, size) => sum + size, 0),
    totalDocuments: files.length === 0 ? Math.max(1, text.length) : settings.limit,
  });
}

/** In bytes; 0 for standard input. Throws `INVALID_ARGUMENT` for a folder. */
async function sizeOf({ path }: InputFile): Promise<number> {
  if (path === "-") return 0;
  const found = await stat(path);
  if (!found.isDirectory()) return found.size;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `--input ${path} is a folder: name its files, as in "${path}/*.txt"`,
  );
}

async function filesOf(context: CommandContext, source: string): Promise<readonly InputFile[]> {
  if (source === "-") return [describeInputFile("-")];
  const paths = await expandGlob(resolve(context.terminal.cwd(), source));
  const missing = await Promise.all(
    paths.map(async (path) =>
      stat(path).then(
        () => undefined,
        (error: Error) => error,
      ),
    ),
  );
  const failed = missing.find((error) => error !== undefined);
  if (paths.length === 0 || failed !== undefined) {
    throw new JflowError(
      "NOT_FOUND",
      `--input ${source}: ${failed === undefined ? "matches no file" : "no such file"}`,
      { cause: failed },
    );
  }
  const shown = source.startsWith("/")
    ? (path: string) => path
    : (path: string) => path.slice(context.terminal.cwd().length + 1);
  return paths.map((path) =>
    describeInputFile(path.startsWith(`${context.terminal.cwd()}/`) ? shown(path) : path),
  );
}

class OpenInput implements PostInput {
  readonly totalBytes: number | undefined;
  readonly totalDocuments: number | undefined;
  readBytes = 0;
  readDocuments = 0;
  report: (line: string) => void;
  readonly #settings: InputSettings;
  readonly #files: readonly InputFile[];
  readonly #source: AsyncGenerator<InputDocument>;
  #first: IteratorResult<InputDocument> | undefined;

  constructor(
    settings: InputSettings,
    files: readonly InputFile[],
    totals: { totalBytes: number | undefined; totalDocuments: number | undefined },
  ) {
    this.report = (line) => tell(settings.context, line);
    this.#settings = settings;
    this.#files = files;
    this.totalBytes = totals.totalBytes;
    this.totalDocuments = totals.totalDocuments;
    this.#source = this.#limited();
  }

  async isEmpty(): Promise<boolean> {
    this.#first ??= await this.#source.next();
    const named = this.#files.length + (this.#settings.text?.length ?? 0);
    return named > 0 && this.#first.done === true;
  }

  async *documents(): AsyncGenerator<InputDocument> {
    if (this.#first?.done === true) return;
    if (this.#first !== undefined) yield this.#first.value;
    yield* this.#source;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.return(undefined);
  }

  async *#limited(): AsyncGenerator<InputDocument> {
    let left = this.#settings.limit ?? Infinity;
    for await (const document of this.#all()) {
      this.readDocuments += 1;
      yield document;
      left -= 1;
      if (left <= 0) return;
    }
  }

  async *#all(): AsyncGenerator<InputDocument> {
    const { text = [], context, failures, onError } = this.#settings;
    for (const one of text) yield toInput(new Document({ text: one }));
    const stdin = context.terminal.stdin;
    for await (const item of readInput(this.#files, {
      stdin,
      onBytes: (bytes) => (this.readBytes += bytes),
    })) {
      if (item.kind === "document") {
        yield item.document;
        continue;
      }
      await failures.addLine(item.place, item.reason, item.text);
      this.report(`bad line ${formatPlace(item.place)}: ${item.reason}`);
      if (onError === "skip") continue;
      failures.stopAt(item.place, item.reason);
      return;
    }
  }
}
