import { once } from "node:events";
import type { GatewayClient, InputLocation, PostOutcome } from "../../../client/client.ts";
import type { JflowError } from "../../../util/errors.ts";
import { countOf } from "../../../util/text/count-of.ts";
import type { AnswerWriter } from "./answer-writer.ts";
import { formatLocation, type PostFailures } from "./post-failures.ts";
import type { PostInput } from "./post-input.ts";
import type { Progress } from "./progress.ts";
import { listWarnings, type WriteCounts } from "./shards-report.ts";

export interface SendDeps {
  readonly client: GatewayClient;
  readonly input: PostInput;
  readonly answers: AnswerWriter;
  readonly progress: Progress;
  readonly failures: PostFailures;
  readonly counts: WriteCounts;
}

interface SendOptions {
  readonly batch: number;
  readonly concurrency: number;
  readonly target?: string;
  readonly output?: string;
  readonly onError: "stop" | "skip";
}

interface SendRequest {
  readonly endpoint: string;
  readonly parameters: Record<string, unknown>;
  /** Ends the reading, and cancels the requests in flight. */
  readonly signal: AbortSignal;
}

/** The last document that was sent, in the order of the input. */
interface LastSent {
  readonly index: number;
  readonly location: InputLocation | undefined;
}

/** The failure that stops the sending, and the number of those after it. */
class Stop {
  readonly #reading: AbortController;
  #error: JflowError | undefined;
  #later = 0;

  constructor(reading: AbortController) {
    this.#reading = reading;
  }

  get error(): JflowError | undefined {
    return this.#error;
  }

  by(error: JflowError): void {
    if (this.#error !== undefined) this.#later += 1;
    this.#error ??= error;
    this.#reading.abort();
  }

  describeLater(): string[] {
    if (this.#later === 0) return [];
    const requests = countOf(this.#later, "further request");
    return [`${requests} in flight failed (--errors keeps each reason)`];
  }
}

/**
 * Sends all documents. After the first failure, unless failures are skipped, reads no further and
 * waits for the requests in flight, so that the counts are true. Returns the failure that stopped
 * the command, if one did.
 */
export async function sendDocuments(
  deps: SendDeps,
  options: SendOptions,
  { endpoint, parameters, signal }: SendRequest,
): Promise<JflowError | undefined> {
  const { client, input, progress, failures } = deps;
  if (await isEmpty(deps, signal)) return failures.firstStop;
  const stopping = new AbortController();
  const outcomes = client.postBatches(endpoint, input.documents(), {
    parameters,
    requestSize: options.batch,
    concurrency: options.concurrency,
    resultsInOrder: options.output !== undefined,
    splitFailed: options.onError === "skip",
    stopReading: stopping.signal,
    signal,
    ...(options.target === undefined ? {} : { targetExecutor: options.target }),
  });
  const stop = new Stop(stopping);
  let last: LastSent | undefined;
  for await (const outcome of outcomes) {
    last = laterOf(last, outcome);
    const isLater = stop.error !== undefined;
    await take(deps, outcome, { isInterrupted: signal.aborted, isLater });
    if (!outcome.ok && options.onError === "stop") stop.by(outcome.error);
  }
  noteEnd(progress, { last, stop, isInterrupted: signal.aborted });
  return stop.error ?? failures.firstStop;
}

interface SendEnd {
  readonly last: LastSent | undefined;
  readonly stop: Stop;
  readonly isInterrupted: boolean;
}

function noteEnd(progress: Progress, { last, stop, isInterrupted }: SendEnd): void {
  if (!isInterrupted && stop.error === undefined) return;
  if (!isInterrupted) for (const line of stop.describeLater()) progress.note(line);
  if (last?.location !== undefined && last.location.line > 0 && progress.acknowledged > 0)
    progress.note(`the last document sent is ${formatLocation(last.location)}: continue after it`);
}

/** Waits for the first document, or for the signal. */
async function isEmpty(
  { input, failures, progress }: SendDeps,
  signal: AbortSignal,
): Promise<boolean> {
  if (signal.aborted) return true;
  const isOver = once(signal, "abort").then(() => true);
  const isDone = await Promise.race([input.isEmpty(), isOver]);
  if (isDone && failures.count === 0 && !signal.aborted)
    progress.note("warning: the input has no documents");
  return isDone;
}

function laterOf(last: LastSent | undefined, { batch }: PostOutcome): LastSent {
  if (last !== undefined && batch.index < last.index) return last;
  return { index: batch.index, location: batch.documents.at(-1)?.location };
}

/**
 * Counts an outcome, writes its answer, and keeps its documents where it failed. A failure after
 * the one that stopped the sending is not printed, because it mostly has the same reason.
 */
async function take(
  { answers, progress, failures, counts }: SendDeps,
  outcome: PostOutcome,
  { isInterrupted, isLater }: { readonly isInterrupted: boolean; readonly isLater: boolean },
): Promise<void> {
  const { documents } = outcome.batch;
  for (const { parameters } of outcome.repeated ?? []) counts.addRepeated(parameters);
  if (outcome.response !== undefined) counts.add(outcome.response.parameters);
  if (outcome.ok) {
    progress.add("acknowledged", documents.length);
    for (const line of listWarnings(outcome.response.parameters)) progress.note(line);
    await answers.write(outcome.response);
    return;
  }
  progress.add(isInterrupted ? "unknown" : "failed", documents.length);
  await failures.addBatch(documents, outcome.error);
  if (!isInterrupted && !isLater) progress.note(failures.describe(documents, outcome.error));
}
