import type { Case } from "../case.ts";
import type { Job } from "../stock.ts";

/** A document as the stock client makes it. */
export type Doc = Readonly<Record<string, unknown>>;

/** What a stock client got for one request. */
export interface Response {
  readonly docs: readonly (Doc & {
    readonly id: string;
    readonly matches?: readonly (Doc & { readonly id: string })[];
  })[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly description: string };
  readonly routes: readonly { readonly executor: string }[];
}

/** What `post` of the stock client came to. */
export interface Posted {
  readonly responses: readonly Response[];
  readonly raised?: string;
  readonly message?: string;
  /** Callbacks in the order they were called, with the response each was given. */
  readonly callbacks: readonly (readonly [string, Response | null])[];
}

export type Client = "grpc stream" | "grpc unary" | "http" | "websocket";

/** The four ways a stock client reaches a gateway. */
export const CLIENTS: readonly Client[] = ["grpc stream", "grpc unary", "http", "websocket"];

/** What a job says to be sent by that client. */
export function by(client: Client, options: Doc = {}): Doc {
  const protocol = client.startsWith("grpc") ? "grpc" : client;
  return {
    protocol,
    options: { ...(client === "grpc unary" ? { stream: false } : {}), ...options },
  };
}

/** A `post` of the stock client; `more` overrides what goes with it. */
export function makePost(endpoint: string, docs: readonly Doc[] | undefined, more: Doc = {}): Job {
  return { op: "post", endpoint, ...(docs === undefined ? {} : { docs }), ...more };
}

/** A case that posts with the stock client and succeeds, unless told otherwise. */
export function postCase(name: string, job: Job, more: Partial<Case> = {}): Case {
  return {
    name,
    ask: async (side) => inRequestOrder(await side.ask(job)),
    expect: ({ responses, raised }: Posted) =>
      raised === undefined && responses.every(({ status }) => status.code === 0),
    ...more,
  };
}

/**
 * Answers come as they are ready: brought into one order by the first document, so that both sides
 * can be compared.
 */
function inRequestOrder(answer: unknown): unknown {
  const { responses } = answer as Partial<Posted>;
  if (responses === undefined) return answer;
  const first = (response: Response): string => response.docs[0]?.id ?? "";
  return {
    ...(answer as Posted),
    responses: responses.toSorted((left, right) =>
      first(left).localeCompare(first(right), "en", { numeric: true }),
    ),
  };
}

/** `count` documents with text, an id each. */
export function makeDocs(count: number, more: Doc = {}): readonly Doc[] {
  return Array.from({ length: count }, (_, i) => ({ id: `d${i}`, text: `text ${i}`, ...more }));
}
