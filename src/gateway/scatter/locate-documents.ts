import { Document } from "../../document/document.ts";
import { readDocumentId } from "../../document/scan/document-values.ts";
import { JflowError } from "../../util/errors.ts";
import { DataRequest, makeRequestId } from "../../wire/jina/messages/data-request.ts";
import type { ShardQueues } from "../queue/shard-queues.ts";
import type { ShardReader } from "../read/shard-reader.ts";
import type { Places } from "../routing/place-documents.ts";
import { isUnavailable, nameShard } from "../routing/shard-call.ts";
import type { LiveTopology } from "../topology/live-topology.ts";
import type { DeploymentCall } from "./deployment-call.ts";

/**
 * The endpoint that answers with those documents of the request whose ids are stored. An executor
 * that binds it stores a document under its id, whatever its routing.
 */
export const LOCATE_ENDPOINT = "/_locate";

/** The collaborators of `locateDocuments`. */
export interface LocateDeps {
  readonly live: LiveTopology;
  readonly reader: ShardReader;
  readonly queues: ShardQueues;
}

/**
 * Asks every shard which documents of a request it holds. A shard without a replica that answers
 * counts as a shard that holds none of them, so that writes to the other shards continue. Rejects
 * with the executor's exception, or with the error of a shard that did not answer in time.
 */
export async function locateDocuments(
  { deployment, parts, caller }: DeploymentCall,
  { live, reader, queues }: LocateDeps,
): Promise<Places> {
  const ids = parts[0]!.documents.map(readDocumentId);
  const request = DataRequest.make({
    header: { requestId: makeRequestId(), execEndpoint: LOCATE_ENDPOINT, targetExecutor: "" },
    documents: ids.map((id) => new Document({ id }).encode()),
  });
  const ask = async (shard: number): Promise<ReadonlySet<string>> => {
    if (live.shard(deployment.name, shard).readable.length === 0) return new Set();
    const call = { deployment, shard, endpoint: LOCATE_ENDPOINT, requests: [request], caller };
    const { reply } = await queues.run(call, "replicas", async () => reader.read(call));
    const { documents, header } = reply.response;
    if (!reply.isError) return new Set(documents.map(readDocumentId));
    const reason = header.status?.description ?? "the executor threw";
    throw new JflowError(
      "EXECUTOR_FAILED",
      `${nameShard(call)} cannot locate documents: ${reason}`,
    );
  };
  const held = await Promise.all(
    deployment.shardNames.map(async (_, shard) => ask(shard).catch(readAsAbsent)),
  );
  return ids.map((id) => held.flatMap((of, shard) => (of.has(id) ? [shard] : [])));
}

function readAsAbsent(error: unknown): ReadonlySet<string> {
  if (isUnavailable(error)) return new Set();
  throw error;
}
