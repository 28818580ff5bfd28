import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ClientOptions } from "../../../client/client.ts";
import { JflowError } from "../../../util/errors.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { locateGateway } from "../post/locate-gateway.ts";
import { parseParameters } from "../post/parse-parameters.ts";
import { askQueries, type Question } from "./ask-queries.ts";
import {
  compareWithExact,
  evaluate,
  formatRun,
  listMoved,
  selectJudged,
  type Evaluation,
} from "./evaluation.ts";
import { readJudgements, readQueries, type Queries } from "./read-judgements.ts";
import { formatMeans, formatMoved, formatOverlap, formatQueries } from "./report.ts";

interface EvalOptions extends FlowOptions {
  readonly host?: string;
  readonly queries: string;
  readonly qrels?: string;
  readonly limit: number;
  readonly endpoint: string;
  readonly param?: readonly string[];
  readonly target?: string;
  readonly against?: string;
  readonly againstParam?: readonly string[];
  readonly ann?: boolean;
  readonly perQuery?: boolean;
  readonly run?: string;
  readonly output: "table" | "json";
}

/** The endpoint and the parameters of both runs, and where each is sent. */
interface Run {
  readonly address: ClientOptions;
  readonly question: Question;
}

/**
 * `jflow eval`: asks the queries of a file, and measures the answers by the judgements of people,
 * or by the answers of an exact search.
 */
export async function evalCommand(context: CommandContext, options: EvalOptions): Promise<number> {
  const folder = context.terminal.cwd();
  if (options.qrels === undefined && options.ann !== true)
    throw new JflowError(
      "INVALID_ARGUMENT",
      "nothing to compare with: give --qrels with judgements, or --ann for an exact search",
    );
  const queries = await readQueries(resolve(folder, options.queries));
  const run = await locateRun(context, options);
  if (options.qrels !== undefined)
    await measure(context, options, { queries, run, qrels: resolve(folder, options.qrels) });
  if (options.ann === true) await compareAnn(context, options, { queries, run });
  return EXIT.ok;
}

async function locateRun(context: CommandContext, options: EvalOptions): Promise<Run> {
  const { endpoint, limit, target } = options;
  const parameters = parseParameters(options.param ?? []);
  const { address } = await locateGateway(context.terminal, options);
  const question = { endpoint, limit, parameters, ...(target === undefined ? {} : { target }) };
  return { address, question };
}

async function measure(
  context: CommandContext,
  options: EvalOptions,
  { queries, run, qrels }: { queries: Queries; run: Run; qrels: string },
): Promise<void> {
  const judgements = await readJudgements(qrels);
  const judged = selectJudged(queries, judgements);
  reportUnused(context, { queries, judged, judgements: judgements.size });
  const other = await locateAgainst(context, options, run);
  const rankings = await askQueries(run.address, judged, run.question);
  if (options.run !== undefined)
    await writeFile(
      resolve(context.terminal.cwd(), options.run),
      formatRun(rankings, run.question.limit),
    );
  const evaluation = evaluate(rankings, judgements, options.limit);
  const against =
    other === undefined
      ? undefined
      : evaluate(
          await askQueries(other.address, judged, other.question),
          judgements,
          options.limit,
        );
  if (options.output === "json") printJson(context, evaluation, against);
  else printTables(context, options, { evaluation, against, queries: judged });
}

/** The run of `--against` and `--against-param`, if there is one. */
async function locateAgainst(
  context: CommandContext,
  { against, againstParam = [] }: EvalOptions,
  { address, question }: Run,
): Promise<Run | undefined> {
  if (against === undefined && againstParam.length === 0) return undefined;
  const parameters = { ...question.parameters, ...parseParameters(againstParam) };
  const other =
    against === undefined
      ? address
      : (await locateGateway(context.terminal, parseFlow(against))).address;
  return { address: other, question: { ...question, parameters } };
}

/** Parses an address, the path of a flow file, or the name of a running flow. */
export function parseFlow(text: string): FlowOptions & { readonly host?: string } {
  if (text.includes("://")) return { host: text };
  return /[/\\]|\.ya?ml$/.test(text) ? { file: text } : { name: text };
}

async function compareAnn(
  context: CommandContext,
  { output }: EvalOptions,
  { queries, run: { address, question } }: { queries: Queries; run: Run },
): Promise<void> {
  const rankings = await askQueries(address, queries, question);
  const parameters = { ...question.parameters, exact: true };
  const exact = await askQueries(address, queries, { ...question, parameters });
  const overlap = compareWithExact(rankings, exact);
  if (output === "json")
    print(context, JSON.stringify({ schema: "jflow.eval-ann/v1", ...overlap }));
  else print(context, formatOverlap(overlap, queries.size));
}

function reportUnused(
  context: CommandContext,
  { queries, judged, judgements }: { queries: Queries; judged: Queries; judgements: number },
): void {
  const unjudged = queries.size - judged.size;
  if (unjudged > 0)
    printNotice(context, `warning: ${unjudged} of ${queries.size} queries have no judgement`);
  const unasked = judgements - judged.size;
  if (unasked > 0)
    printNotice(context, `warning: ${unasked} of ${judgements} judged queries have no text`);
}

function printJson(
  context: CommandContext,
  { mean, queries }: Evaluation,
  against: Evaluation | undefined,
): void {
  const compared =
    against === undefined
      ? {}
      : { against: against.mean, moved: listMoved({ mean, queries }, against) };
  const report = { mean, ...compared, queries: Object.fromEntries(queries) };
  print(context, JSON.stringify({ schema: "jflow.eval/v1", ...report }));
}

function printTables(
  context: CommandContext,
  { perQuery }: EvalOptions,
  {
    evaluation,
    against,
    queries,
  }: { evaluation: Evaluation; against: Evaluation | undefined; queries: Queries },
): void {
  const { stdout } = context.terminal;
  if (perQuery === true) print(context, `${formatQueries(evaluation)}\n`);
  print(context, formatMeans(evaluation, against));
  const width = stdout.isTTY ? stdout.columns : undefined;
  if (against !== undefined)
    print(context, `\n${formatMoved(evaluation, against, { queries, width })}`);
}
