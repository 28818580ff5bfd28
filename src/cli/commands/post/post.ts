import { GatewayClient } from "../../../client/client.ts";
import { JflowError, toJflowError } from "../../../util/errors.ts";
import { tell, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { PostFailures } from "./failures.ts";
import { openPostInput, type PostInput } from "./input.ts";
import { openAnswers, type Answers } from "./answers.ts";
import { parseParameters } from "./parameters.ts";
import { openProgress, type Progress } from "./progress.ts";
import { locateGateway } from "./target.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";

interface PostOptions extends FlowOptions {
  readonly host?: string;
  readonly input?: readonly string[];
  readonly text?: readonly string[];
  readonly batch: number;
  readonly concurrency: number;
  readonly limit?: number;
  readonly param?: readonly string[];
  readonly target?: string;
  readonly output?: string;
  readonly onError: "stop" | "skip";
  readonly errors?: string;
  readonly progress: "auto" | "bar" | "plain" | "none";
}

/**
 * `jflow post <endpoint>`: documents to a flow, answers to `--output`, progress and a summary to
 * stderr. Reads no further ahead than `--concurrency` batches, so memory does not grow with the
 * input. Exit 5 when some documents failed, 130 after Ctrl-C.
 */
export async function post(
  context: CommandContext,
  options: PostOptions,
  endpoint: string,
): Promise<number> {
  if (!endpoint.startsWith("/"))
    throw new JflowError("INVALID_ARGUMENT", `${endpoint} is no endpoint: write /${endpoint}`);
  const parameters = parseParameters(options.param ?? []);
  const interrupted = new AbortController();
  const onInterrupt = (): void => interrupted.abort();
  process.once("SIGINT", onInterrupt);
  try {
    const failures = await PostFailures.open(options.errors);
    await using input = await openPostInput({ context, ...options, failures });
    await using client = new GatewayClient(await locateGateway(context.terminal, options));
    const answers = await openAnswers(context, options.output);
    const progress = openProgress(context, options.progress, input);
    input.report = (line) => progress.note(line);
    const ended = await run({
      endpoint,
      options,
      parameters,
      client,
      input,
      answers,
      progress,
      failures,
      signal: interrupted.signal,
    });
    await answers.close();
    await failures.close();
    progress.finish();
    if (options.progress !== "none") tell(context, progress.summary());
    return exitCode(context, {
      ended,
      failures,
      progress,
      isInterrupted: interrupted.signal.aborted,
    });
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}

interface Posting {
  readonly endpoint: string;
  readonly options: PostOptions;
  readonly parameters: Record<string, unknown>;
  readonly client: GatewayClient;
  readonly input: PostInput;
  readonly answers: Answers;
  readonly progress: Progress;
  readonly failures: PostFailures;
  readonly signal: AbortSignal;
}

/** Posts everything, or until the first failure when failures stop. Gives that failure. */
async function run(posting: Posting): Promise<JflowError | undefined> {
  const { options, input, progress, failures } = posting;
  if (await input.isEmpty()) return failures.firstStop;
  const settings = {
    parameters: posting.parameters,
    requestSize: options.batch,
    concurrency: options.concurrency,
    resultsInOrder: options.output !== undefined,
    signal: posting.signal,
    ...(options.target === undefined ? {} : { targetExecutor: options.target }),
  };
  for await (const outcome of posting.client.postBatches(
    posting.endpoint,
    input.documents(),
    settings,
  )) {
    if (posting.signal.aborted) break;
    progress.add({ documents: outcome.batch.documents.length, ok: outcome.ok });
    if (outcome.ok) {
      for (const line of describeMissing(outcome.response.parameters)) progress.note(line);
      await posting.answers.write(outcome.response);
      continue;
    }
    await failures.addBatch(outcome.batch.documents, outcome.error);
    progress.note(failures.describe(outcome.batch.documents, outcome.error));
    if (options.onError === "stop") return outcome.error;
  }
  return failures.firstStop;
}

/** Shards that did not answer a search are named: the answer is not whole. */
function describeMissing(parameters: Readonly<Record<string, unknown>>): readonly string[] {
  const shards = parameters["_shards"];
  if (
    typeof shards !== "object" ||
    shards === null ||
    !("failures" in shards) ||
    !Array.isArray(shards.failures)
  )
    return [];
  return (shards.failures as readonly { shard?: unknown; reason?: unknown }[]).map(
    ({ shard, reason }) =>
      `warning: shard ${String(shard)} is missing in an answer: ${String(reason)}`,
  );
}

function exitCode(
  context: CommandContext,
  {
    ended,
    failures,
    progress,
    isInterrupted,
  }: {
    ended: JflowError | undefined;
    failures: PostFailures;
    progress: Progress;
    isInterrupted: boolean;
  },
): number {
  if (isInterrupted) {
    tell(context, `interrupted after ${progress.documents} documents`);
    return EXIT.interrupted;
  }
  if (failures.count === 0 && ended === undefined) return EXIT.ok;
  const isUnreachable =
    progress.documents === failures.count &&
    ended !== undefined &&
    toJflowError(ended).code === "UNAVAILABLE";
  return isUnreachable ? EXIT.failed : EXIT.partial;
}
