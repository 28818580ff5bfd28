import { toFormat } from "../../document/translation/to-format.ts";
import { JflowError, toJflowError } from "../../util/errors.ts";
import type { DeploymentFacts } from "../topology/deployment-facts.ts";
import type { TopologyFacts } from "../topology/topology-facts.ts";
import { DocumentRequest } from "../../wire/jina/messages/document-request.ts";
import {
  documentFormat,
  readDocumentId,
  withDocumentId,
} from "../../document/scan/document-values.ts";
import { toRequestStatus } from "../../wire/jina/messages/request-status.ts";
import { makeRequestId } from "../../wire/jina/messages/data-request.ts";
import { adoptDocument } from "../walk/document-format.ts";
import type { LiveReplica } from "../topology/live-replica.ts";
import { remainingMs, shorterMs, type Caller } from "../routing/deadline.ts";
import type { ShardQueues } from "../queue/shard-queues.ts";
import type { ShardReader } from "../read/shard-reader.ts";
import { resolveParameters } from "../walk/parameters.ts";
import { chooseStreamer } from "./choose-streamer.ts";

/** The collaborators of `streamDocument`. */
export interface StreamDeps {
  readonly reader: ShardReader;
  readonly facts: TopologyFacts;
  readonly queues: ShardQueues;
}

/** A started stream: the first message, and the source of the other messages. */
interface OpenStream {
  readonly first: IteratorResult<Uint8Array, unknown>;
  readonly messages: AsyncGenerator<Uint8Array>;
}

/**
 * Sends one document to one executor and yields each returned document as a message. The next
 * message is requested when the caller has taken the last one. If a replica fails before its first
 * message, the next replica is asked.
 *
 * An executor's exception is a last message with `header.status` ERROR; all other failures reject
 * with a `JflowError`.
 */
export async function* streamDocument(
  { reader, facts, queues }: StreamDeps,
  request: DocumentRequest,
  caller: Caller,
): AsyncGenerator<DocumentRequest> {
  const { document, header } = request;
  if (document === undefined)
    throw new JflowError(
      "INVALID_ARGUMENT",
      "the request has no document; a streaming endpoint takes exactly one",
    );
  const deployment = chooseStreamer(facts.graph, header);
  const schema = deployment.endpoint(header.execEndpoint).schema;
  const isAdopted = schema !== undefined && documentFormat(document) === "v1";
  const named =
    readDocumentId(document) === "" ? withDocumentId(document, makeRequestId()) : document;
  const own = isAdopted ? adoptDocument(named, schema) : named;
  const turn = {
    deployment,
    shard: 0,
    caller,
    asked: makeRequest(request, own, deployment),
    header,
  };
  queues.check([turn], "replicas");
  const leave = await queues.enter(turn, "replicas");
  try {
    const open = await reader.askByTurns(turn, async (replica) => openStream(replica, turn));
    for await (const message of readOn(open)) {
      const answer = DocumentRequest.read(message);
      yield isAdopted ? restoreFormat(answer) : answer;
    }
  } catch (thrown) {
    const error = toJflowError(thrown);
    if (error.code !== "EXECUTOR_FAILED") throw error;
    yield DocumentRequest.make({ header: { ...header, status: toRequestStatus(error) } });
  } finally {
    leave();
  }
}

/**
 * Returns the executor's request: the document in its format and the deployment's parameters,
 * without target and routes.
 */
function makeRequest(
  request: DocumentRequest,
  document: Uint8Array,
  deployment: DeploymentFacts,
): DocumentRequest {
  const { header, parameters } = request;
  const own = resolveParameters(parameters, deployment.name);
  return request.with({
    header: { ...header, targetExecutor: "" },
    ...(own === parameters ? {} : { parameters: own }),
    routes: [],
    document,
  });
}

interface Asking {
  readonly deployment: DeploymentFacts;
  readonly asked: DocumentRequest;
  readonly header: DocumentRequest["header"];
  readonly caller: Caller;
}

async function openStream(
  replica: LiveReplica,
  { deployment, asked, header, caller }: Asking,
): Promise<OpenStream> {
  const timeoutMs = shorterMs(remainingMs(caller, Date.now()), deployment.spec.timeoutSendMs);
  const messages = replica.stream(
    {
      endpoint: header.execEndpoint,
      request: asked.toBytes(),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    },
    caller,
  );
  return { first: await messages.next(), messages };
}

/** Yields all messages. If the caller stops reading, the call to the executor ends. */
async function* readOn({ first, messages }: OpenStream): AsyncGenerator<Uint8Array> {
  try {
    if (first.done === true) return;
    yield first.value;
    yield* messages;
  } finally {
    await messages.return(undefined);
  }
}

function restoreFormat(answer: DocumentRequest): DocumentRequest {
  const { document } = answer;
  return document === undefined ? answer : answer.with({ document: toFormat(document, "v1") });
}
