import { stat } from "node:fs/promises";
import { relative, resolve } from "node:path";
import type { InputFormat } from "../../../model/input-format.ts";
import {
  expandGlob,
  readFieldMap,
  readInput,
  toInput,
  type InputDocument,
  type InputFile,
} from "../../../client/client.ts";
import { Document } from "../../../document/document.ts";
import { hasCode, messageOf } from "../../../util/error-code.ts";
import { JflowError } from "../../../util/errors.ts";
import { cutText } from "../../terminal/display-text.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { formatLocation, type PostFailures } from "./post-failures.ts";

/** The maximum width of a text of `--text` in a message. */
const MAX_SHOWN_TEXT = 40;

interface PostInputDeps {
  readonly context: CommandContext;
  readonly failures: PostFailures;
  /** The folder of the flow file; undefined where the flow is given by its address. */
  readonly flowFolder: string | undefined;
}

interface PostInputOptions {
  readonly format?: InputFormat;
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly id?: string;
  readonly map?: readonly string[];
  readonly input?: readonly string[];
  readonly text?: readonly string[];
  readonly limit?: number;
  readonly onError: "stop" | "skip";
}

/** The size of an input, as far as it is known. */
interface InputSize {
  /** The size of the files on disk; undefined if stdin is among them. */
  readonly totalBytes: number | undefined;
  readonly totalDocuments: number | undefined;
}

/** The documents of `--text` and `--input`, and how many of them have been read. */
export class PostInput implements AsyncDisposable {
  readonly totalBytes: number | undefined;
  readonly totalDocuments: number | undefined;
  readBytes = 0;
  readDocuments = 0;
  /** The lines and files that could not be read. */
  refused = 0;
  /** Receives a message about each line that cannot be read. Writes to stderr unless set. */
  report: (line: string) => void;
  readonly #deps: PostInputDeps;
  readonly #options: PostInputOptions;
  readonly #files: readonly InputFile[];
  readonly #source: AsyncGenerator<InputDocument>;
  readonly #noticed = new Set<string>();
  readonly #closing = new AbortController();
  #first: IteratorResult<InputDocument> | undefined;

  private constructor(
    deps: PostInputDeps,
    options: PostInputOptions,
    { files, size }: { files: readonly InputFile[]; size: InputSize },
  ) {
    this.report = (line) => printNotice(deps.context, line);
    this.#deps = deps;
    this.#options = options;
    this.#files = files;
    this.totalBytes = size.totalBytes;
    this.totalDocuments = size.totalDocuments;
    this.#source = this.#readLimited();
  }

  /**
   * Checks all sources before the first document is sent. Throws `NOT_FOUND` for a file or glob
   * that matches nothing, `INVALID_ARGUMENT` for a folder, or for a terminal as stdin.
   */
  static async open(deps: PostInputDeps, options: PostInputOptions): Promise<PostInput> {
    const { input = [], text = [], limit } = options;
    const { terminal } = deps.context;
    readFieldMap(options.map ?? [], options.id);
    const found = await Promise.all(input.map(async (source) => filesOf(terminal.cwd(), source)));
    const files = found.flat().map((path) => ({ path, format: options.format }));
    const usesStdin = files.some((file) => file.path === "-");
    if (usesStdin && terminal.stdin.isTTY)
      throw new JflowError(
        "INVALID_ARGUMENT",
        "--input - needs data from a pipe: cat data.jsonl | jflow post ... --input -",
      );
    const sizes = await Promise.all(files.map(sizeOf));
    const isKnown = files.length > 0 && sizes.every((bytes) => bytes !== undefined);
    const size = {
      totalBytes: isKnown ? sizes.reduce((sum, bytes) => sum + bytes, 0) : undefined,
      totalDocuments: files.length === 0 ? Math.max(1, text.length) : limit,
    };
    return new PostInput(deps, options, { files, size });
  }

  /** The paths of the files; `-` is stdin. */
  get paths(): readonly string[] {
    return this.#files.map(({ path }) => path);
  }

  /**
   * Returns whether there are sources without any document. `documents` returns the first one
   * again.
   */
  async isEmpty(): Promise<boolean> {
    this.#first ??= await this.#source.next();
    const sources = this.#files.length + (this.#options.text?.length ?? 0);
    return sources > 0 && this.#first.done === true;
  }

  async *documents(): AsyncGenerator<InputDocument> {
    if (this.#first?.done === true) return;
    if (this.#first !== undefined) yield this.#first.value;
    yield* this.#source;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not awaited: while the input waits for data, for example from a pipe, `return` resolves only
    // when that data arrives.
    void this.#source.return(undefined).catch(() => undefined);
    this.#closing.abort();
    if (this.#files.some(({ path }) => path === "-")) this.#deps.context.terminal.stdin.destroy();
  }

  async *#readLimited(): AsyncGenerator<InputDocument> {
    let left = this.#options.limit ?? Infinity;
    for await (const document of this.#readAll()) {
      this.readDocuments += 1;
      yield document;
      left -= 1;
      if (left <= 0) return;
    }
  }

  async *#readAll(): AsyncGenerator<InputDocument> {
    const { text = [], onError, delimiter, encoding } = this.#options;
    const { context, failures } = this.#deps;
    for (const one of text)
      yield {
        ...toInput(new Document({ text: one })),
        location: { source: `--text ${JSON.stringify(cutText(one, MAX_SHOWN_TEXT))}`, line: 0 },
      };
    const stdin = context.terminal.stdin;
    for await (const item of readInput(this.#files, {
      stdin,
      signal: this.#closing.signal,
      onBytes: (bytes) => (this.readBytes += bytes),
      map: readFieldMap(this.#options.map ?? [], this.#options.id),
      delimiter,
      encoding,
      idOfFile: (path) => this.#idOfFile(path),
    })) {
      if (item.kind === "document") yield item.document;
      if (item.kind === "notice")
        this.#notice(`${formatLocation({ source: item.source, line: 0 })}: ${item.text}`);
      if (item.kind !== "bad") continue;
      this.refused += 1;
      await failures.addLine(item.location, item.reason, item.text);
      this.report(`cannot read ${formatLocation(item.location)}: ${item.reason}`);
      if (onError === "skip") continue;
      failures.stopAt(item.location, item.reason);
      return;
    }
  }

  #notice(text: string): void {
    if (!this.#noticed.has(text)) this.report(`warning: ${text}`);
    this.#noticed.add(text);
  }

  /**
   * Returns the path from the folder of the flow file, or the absolute path of a file elsewhere, so
   * that one file has one id in every current folder.
   */
  #idOfFile(path: string): string {
    const { context, flowFolder } = this.#deps;
    const absolute = resolve(context.terminal.cwd(), path);
    return flowFolder !== undefined && absolute.startsWith(`${flowFolder}/`)
      ? relative(flowFolder, absolute)
      : absolute;
  }
}

/**
 * Returns the size in bytes; undefined for stdin and pipes, 0 for a broken link. Throws
 * `INVALID_ARGUMENT` for a folder.
 */
async function sizeOf({ path }: InputFile): Promise<number | undefined> {
  if (path === "-") return undefined;
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 0;
  if (!found.isDirectory()) return found.isFile() ? found.size : undefined;
  throw new JflowError(
    "INVALID_ARGUMENT",
    `cannot read ${path}: it is a folder; use a pattern for its files, such as "${path}/*.txt"`,
  );
}

/** Returns the paths of a source. Throws `NOT_FOUND` if no file has that path. */
async function filesOf(cwd: string, source: string): Promise<readonly string[]> {
  if (source === "-") return ["-"];
  const paths = await expandGlob(resolve(cwd, source));
  if (paths.length === 0) throw new JflowError("NOT_FOUND", `--input ${source} matches no file`);
  const [only] = paths;
  if (paths.length === 1 && only !== undefined)
    await stat(only).catch((error: unknown) => {
      throw new JflowError("NOT_FOUND", `cannot read ${source}: ${reasonOf(error)}`, {
        cause: error,
      });
    });
  const isAbsolute = source.startsWith("/");
  return paths.map((path) =>
    !isAbsolute && path.startsWith(`${cwd}/`) ? relative(cwd, path) : path,
  );
}

function reasonOf(error: unknown): string {
  if (hasCode(error, "ENOENT")) return "the file does not exist";
  return hasCode(error, "EACCES") ? "permission denied" : messageOf(error);
}
