import { performance } from "node:perf_hooks";
import { SingleBar } from "cli-progress";
import { Chalk } from "chalk";
import { countOf } from "../../../util/text/count-of.ts";
import type { CommandContext } from "../../terminal/context.ts";
import { formatAge } from "../../terminal/units.ts";
import type { PostInput } from "./input.ts";

/** Where there is no terminal, one line so often. */
const PLAIN_EVERY_MS = 5000;
const REDRAW_EVERY_MS = 100;
const BAR_COLUMNS = 24;
const SAVE_PLACE = "\u001B7";
/**
 * From this width on the bar and its figures fit in a line; below it there are only the figures.
 */
const WIDE_COLUMNS = 80;

/** How far a post is: shown on stderr while it runs, told in one line at its end. */
export interface Progress {
  readonly documents: number;
  /** One request was answered. */
  add(step: { documents: number; ok: boolean }): void;
  /** A line above the bar. */
  note(line: string): void;
  finish(): void;
  summary(): string;
}

/** `auto`: a bar (a counter for standard input) on a terminal, else a line every 5 s. */
export function openProgress(
  context: CommandContext,
  how: "auto" | "bar" | "plain" | "none",
  input: PostInput,
): Progress {
  const { stderr } = context.terminal;
  const look = how === "auto" ? (stderr.isTTY ? "bar" : "plain") : how;
  return new RunningProgress(context, look, input);
}

class RunningProgress implements Progress {
  documents = 0;
  readonly #context: CommandContext;
  readonly #input: PostInput;
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #bar: SingleBar | undefined;
  #steps = 0;
  #failed = 0;

  constructor(context: CommandContext, look: "bar" | "plain" | "none", input: PostInput) {
    this.#context = context;
    this.#input = input;
    const isKnown = input.totalBytes !== undefined || input.totalDocuments !== undefined;
    if (look === "bar" && isKnown) this.#bar = startBar(context);
    const every = look === "plain" ? PLAIN_EVERY_MS : REDRAW_EVERY_MS;
    if (look !== "none") this.#timer = setInterval(() => this.#show(look), every).unref();
  }

  add({ documents, ok }: { documents: number; ok: boolean }): void {
    this.#steps += 1;
    this.documents += documents;
    if (!ok) this.#failed += Math.max(1, documents);
  }

  note(line: string): void {
    if (this.#context.terminal.stderr.isTTY) this.#context.terminal.stderr.write("\r\u001B[K");
    this.#context.terminal.stderr.write(`${line}\n`);
  }

  finish(): void {
    clearInterval(this.#timer);
    if (this.#bar !== undefined) {
      this.#update(this.#bar, this.#fraction());
      // Its end goes back to the place that was saved at its start: lines written above it have
      // moved it down since.
      this.#context.terminal.stderr.write(SAVE_PLACE);
      this.#bar.stop();
    } else if (this.#timer !== undefined && this.#context.terminal.stderr.isTTY)
      this.#context.terminal.stderr.write("\r\u001B[K");
  }

  summary(): string {
    const seconds = this.#seconds();
    const failed = this.#failed === 0 ? "" : `, ${this.#failed} failed`;
    return `${countOf(this.#steps, "step")} done in ${seconds.toFixed(1)} seconds: ${countOf(this.documents, "document")}, ${formatRate(this.documents / seconds)}${failed}`;
  }

  #show(look: "bar" | "plain"): void {
    if (this.#bar !== undefined) this.#update(this.#bar, this.#fraction());
    else if (look === "bar") this.#context.terminal.stderr.write(`\r\u001B[K${this.#counter()}`);
    else this.#context.terminal.stderr.write(`${this.#counter()}\n`);
  }

  #update(bar: SingleBar, fraction: number): void {
    const seconds = this.#seconds();
    const left = fraction > 0 ? (seconds / fraction) * (1 - fraction) * 1000 : undefined;
    bar.update(Math.round(fraction * 1000), {
      documents: this.documents,
      rate: formatRate(this.documents / seconds),
      left: left === undefined ? "-" : formatAge(left),
      failed: this.#failed,
    });
  }

  #counter(): string {
    const fraction = this.#fraction();
    const percent = fraction > 0 ? `${Math.floor(fraction * 100)}% ` : "";
    return `${percent}${this.documents} documents, ${formatRate(this.documents / this.#seconds())}, ${this.#failed} failed`;
  }

  #fraction(): number {
    const { totalBytes, totalDocuments, readBytes, readDocuments } = this.#input;
    return fractionDone({
      totalBytes,
      totalDocuments,
      readBytes,
      readDocuments,
      answered: this.documents,
    });
  }

  #seconds(): number {
    return Math.max(0.001, (performance.now() - this.#began) / 1000);
  }
}

interface Reading {
  readonly totalBytes: number | undefined;
  readonly totalDocuments: number | undefined;
  readonly readBytes: number;
  readonly readDocuments: number;
  readonly answered: number;
}

/**
 * How much is done, 0 to 1: of the bytes read, the share whose documents were answered; where the
 * number of documents is known, that counts too.
 */
export function fractionDone({
  totalBytes,
  totalDocuments,
  readBytes,
  readDocuments,
  answered,
}: Reading): number {
  const share = readDocuments === 0 ? 0 : answered / readDocuments;
  const ofBytes = totalBytes ? (readBytes / totalBytes) * share : 0;
  const ofDocuments = totalDocuments ? answered / totalDocuments : 0;
  return Math.min(1, Math.max(ofBytes, ofDocuments));
}

function startBar(context: CommandContext): SingleBar {
  const paint = new Chalk({ level: context.colour.stderr ? 1 : 0 });
  const isNarrow = (context.terminal.stderr.columns || WIDE_COLUMNS) < WIDE_COLUMNS;
  const bar = new SingleBar({
    stream: context.terminal.stderr,
    format: `${isNarrow ? "" : `${paint.green("{bar}")} `}{percentage}% {documents} documents {rate} ETA {left} errors {failed}`,
    barsize: BAR_COLUMNS,
    barCompleteChar: "━",
    barIncompleteChar: "─",
    hideCursor: true,
    gracefulExit: false,
    // Without it the lines above the bar would be cut at the terminal's width.
    linewrap: true,
    // A line above it takes its place: it is drawn again, also where its figures are the same.
    forceRedraw: true,
  });
  bar.start(1000, 0, { documents: 0, rate: "-", left: "-", failed: 0 });
  return bar;
}

function formatRate(perSecond: number): string {
  if (perSecond >= 10_000) return `${(perSecond / 1000).toFixed(1)}k documents/s`;
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} documents/s`;
}
