/** The requests of the page of `jflow ui` to the supervisor, as JSON. */

/** `POST /api/search`. */
export interface PageSearch {
  readonly endpoint: string;
  readonly text: string;
  readonly limit: number;
}

/** A found document, as the page shows it. */
export interface PageMatch {
  readonly id: string;
  readonly text: string;
  readonly score: number | null;
}

/** `POST /api/operations`, with the token: changes the running flow. */
export type PageCommand =
  | { readonly ask: "restart"; readonly addresses: readonly string[] }
  | { readonly ask: "scale"; readonly replicas: Readonly<Record<string, number>> };
