import type { Case } from "../case.ts";
import type { Job } from "../stock.ts";

/** A document as Jina's client creates it. */
export type Doc = Readonly<Record<string, unknown>>;

/** The answer that Jina's client received for one request. */
export interface Response {
  readonly docs: readonly (Doc & {
    readonly id: string;
    readonly matches?: readonly (Doc & { readonly id: string })[];
  })[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: number; readonly description: string };
  readonly routes: readonly { readonly executor: string }[];
}

/** The result of `post` of Jina's client. */
export interface Posted {
  readonly responses: readonly Response[];
  readonly raised?: string;
  readonly message?: string;
  /** The callbacks in call order, with their responses. */
  readonly callbacks: readonly (readonly [string, Response | null])[];
}

export type Client = "grpc stream" | "grpc unary" | "http" | "websocket";

/** The four protocols and modes by which Jina's client connects to a gateway. */
export const CLIENTS: readonly Client[] = ["grpc stream", "grpc unary", "http", "websocket"];

/** Returns the job options that select a client. */
export function by(client: Client, options: Doc = {}): Doc {
  const protocol = client.startsWith("grpc") ? "grpc" : client;
  return {
    protocol,
    options: { ...(client === "grpc unary" ? { stream: false } : {}), ...options },
  };
}

/** A `post` of Jina's client. `more` overrides its options. */
export function makePost(endpoint: string, docs: readonly Doc[] | undefined, more: Doc = {}): Job {
  return { op: "post", endpoint, ...(docs === undefined ? {} : { docs }), ...more };
}

/** A case that posts with Jina's client, and succeeds unless `more` expects otherwise. */
export function postCase(name: string, job: Job, more: Partial<Case> = {}): Case {
  return {
    name,
    ask: async (side) => inRequestOrder(await side.ask(job)),
    expect: ({ responses, raised }: Posted) =>
      raised === undefined && responses.every(({ status }) => status.code === 0),
    ...more,
  };
}

/** Sorts answers by their first document: they arrive in any order. */
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

/** Returns `count` documents with ids and texts. */
export function makeDocs(count: number, more: Doc = {}): readonly Doc[] {
  return Array.from({ length: count }, (_, i) => ({ id: `d${i}`, text: `text ${i}`, ...more }));
}
