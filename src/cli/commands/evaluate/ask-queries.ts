import { GatewayClient, type ClientOptions } from "../../../client/client.ts";
import { Document } from "../../../document/document.ts";
import { JflowError } from "../../../util/errors.ts";
import { describeError } from "../post/describe-error.ts";
import { describeMissingShards } from "../post/shards-report.ts";
import type { Queries } from "./read-judgements.ts";

/** The ids of the answer of each query, best first. */
export type Rankings = ReadonlyMap<string, readonly string[]>;

/** How the queries are asked. */
export interface Question {
  readonly endpoint: string;
  readonly limit: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly target?: string;
}

const QUERIES_PER_REQUEST = 16;

/**
 * Asks all queries, and returns the ids of their matches. Throws `UNAVAILABLE` if the results of a
 * shard are missing, and `FAILED_PRECONDITION` if the executor does not answer with matches.
 */
export async function askQueries(
  address: ClientOptions,
  queries: Queries,
  { endpoint, limit, parameters, target }: Question,
): Promise<Rankings> {
  await using client = new GatewayClient(address);
  await client.checkEndpoint(endpoint, target);
  const rankings = new Map<string, readonly string[]>();
  for await (const answer of client.post(endpoint, {
    inputs: [...queries].map(([id, text]) => new Document({ id, text })),
    // Only ids are read.
    parameters: { limit, fields: [], ...parameters },
    requestSize: QUERIES_PER_REQUEST,
    ...(target === undefined ? {} : { targetExecutor: target }),
    onResponse: (response) => {
      const [missing] = describeMissingShards(response.parameters);
      if (missing !== undefined) throw new JflowError("UNAVAILABLE", missing);
    },
    onError: (error) => {
      throw new JflowError(error.code, describeError(error), { cause: error });
    },
  })) {
    const { id, matches } = answer;
    if (queries.has(id))
      rankings.set(
        id,
        matches.slice(0, limit).map((match) => match.id),
      );
  }
  const unanswered = [...queries.keys()].find((id) => !rankings.has(id));
  if (unanswered !== undefined)
    throw new JflowError(
      "FAILED_PRECONDITION",
      `${endpoint} does not answer query ${unanswered} with its matches: an evaluation needs the query documents in the answer`,
    );
  return rankings;
}
