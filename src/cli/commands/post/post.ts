import { GatewayClient } from "../../../client/client.ts";
import { JflowError, type ErrorCode } from "../../../util/errors.ts";
import { countOf } from "../../../util/text/count-of.ts";
import type { InputFormat } from "../../../model/input-format.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT, exitCodeOf } from "../../terminal/exit-codes.ts";
import { onHangUp } from "../../terminal/hang-up.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";
import { AnswerWriter } from "./answer-writer.ts";
import { checkOutputFiles } from "./checks/check-output-files.ts";
import { checkEffect } from "./checks/check-effect.ts";
import { locateGateway } from "./locate-gateway.ts";
import { parseParameters } from "./parse-parameters.ts";
import { PostFailures } from "./post-failures.ts";
import { PostInput } from "./post-input.ts";
import { Progress } from "./progress.ts";
import { sendDocuments, type SendDeps } from "./send-documents.ts";
import { WriteCounts } from "./shards-report.ts";

interface PostOptions extends FlowOptions {
  readonly host?: string;
  readonly input?: readonly string[];
  readonly format?: InputFormat;
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly id?: string;
  readonly map?: readonly string[];
  readonly text?: readonly string[];
  readonly batch: number;
  readonly concurrency: number;
  readonly limit?: number;
  readonly param?: readonly string[];
  readonly target?: string;
  readonly output?: string;
  readonly withEmbeddings?: boolean;
  readonly replace?: boolean;
  readonly onError: "stop" | "skip";
  readonly errors?: string;
  readonly progress: "auto" | "bar" | "plain" | "none";
}

/**
 * `jflow post <endpoint>`: sends documents to a flow, writes the answers to `--output`, and shows
 * progress and a summary on stderr. Reads at most `--concurrency` batches ahead, so that memory use
 * does not grow with the input. Exits with 5 if some documents failed, and with 130 after Ctrl-C.
 */
export async function post(
  context: CommandContext,
  options: PostOptions,
  endpoint: string,
): Promise<number> {
  if (!endpoint.startsWith("/"))
    throw new JflowError(
      "INVALID_ARGUMENT",
      `the endpoint ${endpoint} does not start with "/": write /${endpoint}`,
    );
  const parameters = makeParameters(options, endpoint);
  const hasInput = (options.input ?? options.text) !== undefined;
  const isReplacing = options.replace ?? false;
  const plan = { endpoint, hasInput, limit: options.limit, isReplacing, parameters };
  for (const line of checkEffect(plan)) printNotice(context, line);
  const interrupted = new AbortController();
  const onInterrupt = (): void => interrupted.abort();
  process.once("SIGINT", onInterrupt);
  const offHangUp = onHangUp(onInterrupt);
  try {
    const failures = new PostFailures(options.errors);
    const { address, flowFolder } = await locateGateway(context.terminal, options);
    await using input = await PostInput.open({ context, failures, flowFolder }, options);
    checkOutputFiles(input.paths, options);
    await using client = new GatewayClient(address);
    await client.checkEndpoint(endpoint, options.target);
    await failures.open();
    const answers = await AnswerWriter.open(context, options);
    const progress = new Progress(context, progressStyle(options), input);
    input.report = (line) => progress.note(line);
    const request = { endpoint, parameters, signal: interrupted.signal };
    const counts = new WriteCounts();
    const deps = { client, input, answers, progress, failures, counts };
    const stoppedBy = await sendDocuments(deps, options, request);
    await answers.close();
    await failures.close();
    progress.finish();
    const summary = [
      progress.summary(),
      ...counts.describe(),
      ...answers.describe(progress.acknowledged),
    ];
    if (options.progress !== "none") for (const line of summary) printNotice(context, line);
    if (interrupted.signal.aborted) {
      printNotice(context, `interrupted after ${countOf(progress.acknowledged, "document")}`);
      return EXIT.interrupted;
    }
    return exitCode({ failures, progress }, stoppedBy);
  } finally {
    process.off("SIGINT", onInterrupt);
    offHangUp();
  }
}

/** Returns the parameters of `--param`, and those that other options stand for. */
function makeParameters(
  { withEmbeddings = false, replace = false, param = [] }: PostOptions,
  endpoint: string,
): Readonly<Record<string, unknown>> {
  return {
    // The built-in index leaves the embeddings of matches out unless the search asks for them.
    ...(withEmbeddings && endpoint === "/search" ? { with_embeddings: true } : {}),
    ...(replace ? { replace: true } : {}),
    ...parseParameters(param),
  };
}

/** Lines take the place of a bar if answers go to stdout, which may be the same terminal. */
function progressStyle({ output, progress }: PostOptions): PostOptions["progress"] {
  return output === "-" && progress !== "none" ? "plain" : progress;
}

/**
 * The errors of requests that are not about single documents: the address, or the parameters, are
 * wrong.
 */
const OF_WHOLE_POST: ReadonlySet<ErrorCode> = new Set([
  "UNAVAILABLE",
  "INVALID_ARGUMENT",
  "UNIMPLEMENTED",
]);

/** Returns 5 if some documents failed, and the exit code of the error if every request failed. */
function exitCode(
  { failures, progress }: Pick<SendDeps, "failures" | "progress">,
  stoppedBy: JflowError | undefined,
): number {
  if (failures.count === 0 && stoppedBy === undefined) return EXIT.ok;
  const isOfInput = stoppedBy === undefined || stoppedBy === failures.firstStop;
  const hasSucceeded = progress.acknowledged > 0 || isOfInput;
  return !hasSucceeded && OF_WHOLE_POST.has(stoppedBy.code)
    ? exitCodeOf(stoppedBy.code)
    : EXIT.partial;
}
