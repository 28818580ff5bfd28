import { toOneFormat } from "../../document/translation/to-format.ts";
import type { JflowError } from "../../util/errors.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";
import { RequestContent } from "../../wire/jina/messages/request-content.ts";
import { toRequestStatus } from "../../wire/jina/messages/request-status.ts";
import { mergeResults, readResults } from "../merge/results.ts";
import type { DeploymentAnswer } from "../scatter/deployment-call.ts";
import { addReports, type ShardsReport } from "../scatter/shards-report.ts";
import { hideUnknownNames } from "../scatter/unknown-names.ts";
import type { Graph } from "../topology/graph.ts";
import { restoreOrder } from "../walk/condition.ts";
import type { RouteTimes } from "../walk/route-times.ts";
import type { WalkOutcome } from "../walk/walk.ts";

type Parameters = Readonly<Record<string, unknown>>;

/** The answer to one request. */
export interface Answer {
  readonly response: DataRequest;
  /** Why a write was not acknowledged; `header.status` holds the same reason. */
  readonly error?: JflowError;
  /** The `parameters._shards` of the response, if it has one. */
  readonly shards?: ShardsReport;
}

/** A request and the graph that it went through. */
export interface WalkedRequest {
  /** The request as the client sent it. */
  readonly original: DataRequest;
  /** The request as it went through the graph. */
  readonly request: DataRequest;
  readonly graph: Graph;
  readonly times: RouteTimes;
}

/**
 * Returns the answer as a client gets it: its own header and parameters, the documents of the end,
 * all `__results__`, and the routes.
 */
export function finishAnswer(walked: WalkedRequest, { end, answers }: WalkOutcome): Answer {
  const { original, request, graph, times } = walked;
  const status = end.error ? toRequestStatus(end.error) : end.answer.header.status;
  const { status: own, ...header } = request.header;
  const shards = addReports(answers.flatMap((answer) => answer.shards ?? []));
  const parameters = finishParameters(original.parameters, answers, shards);
  const response = request.with({
    ...(own || status ? { header: { ...header, ...(status ? { status } : {}) } } : {}),
    ...(parameters ? { parameters } : {}),
    ...(end.answer === request ? {} : { content: chooseContent(walked, end.answer.content) }),
    routes: times.list(graph.routeOrder),
  });
  return { response, ...(end.error ? { error: end.error } : {}), ...(shards ? { shards } : {}) };
}

function chooseContent({ request, graph }: WalkedRequest, content: RequestContent): RequestContent {
  if (content.kind !== "docs") return content;
  if (graph.isConditional)
    return RequestContent.of(restoreOrder(content.documents, request.documents));
  const isFormatKnown = request.contentKind === "docs_bytes" || request.documents.length > 0;
  return isFormatKnown ? content : toOneContentFormat(content);
}

/**
 * Translates the documents to one docarray format. Shards may hold both formats, and the request
 * does not say which one its client reads.
 */
function toOneContentFormat(content: RequestContent): RequestContent {
  const alike = toOneFormat(content.documents);
  return alike === content.documents ? content : RequestContent.of(alike);
}

/** Returns undefined if the parameters stay those of the client. */
function finishParameters(
  own: Parameters,
  answers: readonly DeploymentAnswer[],
  shards: ShardsReport | undefined,
): Parameters | undefined {
  const results = hideUnknownNames(
    mergeResults(answers.map(({ response }) => readResults(response.parameters))),
  );
  const hasResults = Object.keys(results).length > 0;
  if (!hasResults && !shards) return undefined;
  return {
    ...own,
    ...(hasResults ? { __results__: results } : {}),
    ...(shards ? { _shards: shards } : {}),
  };
}
