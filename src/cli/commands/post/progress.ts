import { performance } from "node:perf_hooks";
import { SingleBar } from "cli-progress";
import { Chalk } from "chalk";
import { countOf } from "../../../util/text/count-of.ts";
import type { CommandContext } from "../../terminal/context.ts";
import { formatAge } from "../../terminal/units.ts";
import type { PostInput } from "./post-input.ts";
import { PLAIN_PROGRESS_MS } from "../../../util/limits/clients.ts";

const REDRAW_INTERVAL_MS = 100;
const MAX_BAR_COLUMNS = 24;
/** On a terminal without space for this much of a bar, only the figures are shown. */
const MIN_BAR_COLUMNS = 8;
/** The space for the figures next to the bar. */
const FIGURES_COLUMNS = 60;
const DEFAULT_COLUMNS = 80;
const SAVE_CURSOR = "\u001B7";

interface Counts {
  acknowledged: number;
  failed: number;
  /** Sent, but not answered: written or not. */
  unknown: number;
}

/** Shows the progress of `jflow post` on stderr, and summarizes it at the end. */
export class Progress {
  documents = 0;
  readonly #context: CommandContext;
  readonly #input: PostInput;
  readonly #startMs = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #bar: SingleBar | undefined;
  #requests = 0;
  /** Whether a request of several documents failed. */
  #hasFailedTogether = false;
  readonly #counts: Counts = { acknowledged: 0, failed: 0, unknown: 0 };

  /**
   * The style `auto` is a bar on a terminal and a line every 5 seconds elsewhere. If the size of
   * the input is not known, as for stdin, a counter replaces the bar.
   */
  constructor(context: CommandContext, style: "auto" | "bar" | "plain" | "none", input: PostInput) {
    this.#context = context;
    this.#input = input;
    const { isTTY } = context.terminal.stderr;
    const shown = style === "auto" ? (isTTY ? "bar" : "plain") : style;
    const isSizeKnown = input.totalBytes !== undefined || input.totalDocuments !== undefined;
    if (shown === "bar" && isSizeKnown) this.#bar = startBar(context);
    const intervalMs = shown === "plain" ? PLAIN_PROGRESS_MS : REDRAW_INTERVAL_MS;
    if (shown !== "none") this.#timer = setInterval(() => this.#show(shown), intervalMs).unref();
  }

  /** Counts the documents of a request. */
  add(outcome: keyof Counts, documents: number): void {
    this.#requests += 1;
    this.documents += documents;
    this.#hasFailedTogether ||= outcome === "failed" && documents > 1;
    this.#counts[outcome] += outcome === "acknowledged" ? documents : Math.max(1, documents);
  }

  get acknowledged(): number {
    return this.#counts.acknowledged;
  }

  get #failed(): number {
    return this.#counts.failed + this.#counts.unknown + this.#input.refused;
  }

  /** Writes a line above the bar. */
  note(line: string): void {
    if (this.#context.terminal.stderr.isTTY) this.#context.terminal.stderr.write("\r\u001B[K");
    this.#context.terminal.stderr.write(`${line}\n`);
  }

  finish(): void {
    clearInterval(this.#timer);
    if (this.#bar !== undefined) {
      this.#update(this.#bar, this.#fraction());
      // `stop` returns to the cursor that was saved at the start. Lines above have moved the bar.
      this.#context.terminal.stderr.write(SAVE_CURSOR);
      this.#bar.stop();
    } else if (this.#timer !== undefined && this.#context.terminal.stderr.isTTY)
      this.#context.terminal.stderr.write("\r\u001B[K");
  }

  summary(): string {
    const seconds = this.#seconds();
    const { acknowledged, failed, unknown } = this.#counts;
    const { refused, readDocuments } = this.#input;
    const unsent = readDocuments - this.documents;
    const parts = [
      `${seconds.toFixed(1)} seconds`,
      this.documents === 0 ? "" : formatRate(this.documents / seconds),
      this.#failed === 0 ? "" : `${acknowledged} acknowledged`,
      failed === 0
        ? ""
        : `${failed} failed${this.#hasFailedTogether ? ": some may be written" : ""}`,
      unknown === 0 ? "" : `${unknown} unknown: written or not`,
      unsent <= 0 ? "" : `${unsent} read and not sent`,
      refused === 0 ? "" : `${refused} not readable`,
    ];
    return `sent ${describeSent(this.documents, this.#requests)}: ${parts.filter(Boolean).join(", ")}`;
  }

  #show(style: "bar" | "plain"): void {
    if (this.#bar !== undefined) this.#update(this.#bar, this.#fraction());
    else if (style === "bar") this.#context.terminal.stderr.write(`\r\u001B[K${this.#counter()}`);
    else this.#context.terminal.stderr.write(`${this.#counter()}\n`);
  }

  #update(bar: SingleBar, fraction: number): void {
    const seconds = this.#seconds();
    const left = fraction > 0 ? (seconds / fraction) * (1 - fraction) * 1000 : undefined;
    bar.update(Math.round(fraction * 1000), {
      documents: countOf(this.documents, "document"),
      rate: formatRate(this.documents / seconds),
      left: left === undefined ? "-" : formatAge(left),
      failed: this.#failed,
    });
  }

  #counter(): string {
    const fraction = this.#fraction();
    const percent = fraction > 0 ? `${Math.floor(fraction * 100)}% ` : "";
    return `${percent}${countOf(this.documents, "document")}, ${formatRate(this.documents / this.#seconds())}, ${this.#failed} failed`;
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
    return Math.max(0.001, (performance.now() - this.#startMs) / 1000);
  }
}

interface InputProgress {
  readonly totalBytes: number | undefined;
  readonly totalDocuments: number | undefined;
  readonly readBytes: number;
  readonly readDocuments: number;
  readonly answered: number;
}

/**
 * Returns the share that is done, from 0 to 1. It is the share of the bytes read times the share of
 * the documents answered, or the share of all documents if that is larger.
 */
export function fractionDone({
  totalBytes,
  totalDocuments,
  readBytes,
  readDocuments,
  answered,
}: InputProgress): number {
  const share = readDocuments === 0 ? 0 : answered / readDocuments;
  const ofBytes = totalBytes ? (readBytes / totalBytes) * share : 0;
  const ofDocuments = totalDocuments ? answered / totalDocuments : 0;
  return Math.min(1, Math.max(ofBytes, ofDocuments));
}

function startBar(context: CommandContext): SingleBar {
  const paint = new Chalk({ level: context.color.stderr ? 1 : 0 });
  const columns = context.terminal.stderr.columns || DEFAULT_COLUMNS;
  // cli-progress cuts the line at the width of the terminal, and counts color codes as characters.
  const colorLength = paint.green("x").length - 1;
  const barColumns = barColumnsOf(columns - colorLength);
  const bar = new SingleBar({
    stream: context.terminal.stderr,
    format: `${barColumns === 0 ? "" : `${paint.green("{bar}")} `}{percentage}% {documents} {rate} ETA {left} errors {failed}`,
    barsize: barColumns,
    barCompleteChar: "━",
    barIncompleteChar: "─",
    hideCursor: true,
    gracefulExit: false,
    // Otherwise lines above the bar are cut at the width of the terminal.
    linewrap: true,
    // A line above overwrites the bar, so it is drawn again even if its figures are the same.
    forceRedraw: true,
  });
  bar.start(1000, 0, { documents: countOf(0, "document"), rate: "-", left: "-", failed: 0 });
  return bar;
}

/** Returns the length of the bar that fits a line with this width; 0 if none fits. */
export function barColumnsOf(columns: number): number {
  const free = columns - FIGURES_COLUMNS;
  return free < MIN_BAR_COLUMNS ? 0 : Math.min(MAX_BAR_COLUMNS, free);
}

function formatRate(perSecond: number): string {
  if (perSecond >= 10_000) return `${(perSecond / 1000).toFixed(1)}k documents/s`;
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} documents/s`;
}

/** A request without documents is one whose parameters say what it is about, such as `ids`. */
function describeSent(documents: number, requests: number): string {
  const sent = countOf(requests, "request");
  return documents === 0 && requests > 0
    ? `${sent} without documents`
    : `${countOf(documents, "document")} in ${sent}`;
}
