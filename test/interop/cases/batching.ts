import type { Case } from "../case.ts";
import { by, makeDocs, makePost, postCase, type Client, type Posted } from "./asking.ts";

/** Compares the number of documents in each call of the executor. */
function batchCase(name: string, docs: number, { client, calls, ...more }: Batch): Case {
  return {
    name: `dynamic batching, ${client}: ${name}`,
    ask: async (side) => {
      // Requests with other parameters wait in a separate queue, so the timer of the case before
      // does not affect them.
      const parameters = { of: `${client}, ${name}` };
      const options = by(client, { target_executor: "batched", ...more });
      const job = makePost("/together", makeDocs(docs), { ...options, parameters });
      const { responses } = (await side.ask(job)) as Posted;
      const told = responses.flatMap((response) =>
        response.docs.map(({ id, tags }) => [id, tags] as const),
      );
      return Object.fromEntries(
        told.map(([id, tags]) => [id, (tags as { together: number }).together]),
      );
    },
    expect: (together: Readonly<Record<string, number>>) =>
      Object.values(together).join() ===
      calls.flatMap((size) => Array<number>(size).fill(size)).join(),
  };
}

interface Batch {
  readonly client: Client;
  readonly request_size: number;
  readonly calls: readonly number[];
}

/** The executor `batched` collects six documents, for one second at most. */
export const BATCH_CASES: readonly Case[] = [
  ...(["grpc stream", "grpc unary", "websocket"] as const).map((client) =>
    batchCase("six requests at once are one call", 6, { client, request_size: 1, calls: [6] }),
  ),
  batchCase("two requests are one call when the timeout is over", 4, {
    client: "grpc stream",
    request_size: 2,
    calls: [4],
  }),
  batchCase("a larger request is several calls", 14, {
    client: "grpc stream",
    request_size: 14,
    calls: [6, 6, 2],
  }),
  postCase(
    "output_array_type: the type of embeddings in answers",
    makePost("/together", [{ id: "vector", embedding: { values: [0.5, 1.5], dtype: "<f4" } }], {
      options: { target_executor: "batched" },
    }),
  ),
];
