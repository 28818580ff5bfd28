import type { PageCommand, PageMatch } from "../model/control/page.ts";

/** The outcome of a request of the page. */
export type Reply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

const TOKEN = "jflow-token";

/**
 * Keeps the token of an address such as `http://127.0.0.1:40000/#token=...` for this tab, and
 * removes it from the address bar.
 */
export function takeToken(): void {
  const token = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  sessionStorage.setItem(TOKEN, token);
  history.replaceState(null, "", location.pathname);
}

/** Returns whether this tab may change the flow. */
export const hasToken = (): boolean => sessionStorage.getItem(TOKEN) !== null;

/** Asks the flow for the documents nearest to a text. */
export async function search(
  endpoint: string,
  text: string,
  limit: number,
): Promise<Reply<readonly PageMatch[]>> {
  const reply = await post("/api/search", { endpoint, text, limit });
  return reply.ok ? { ok: true, value: reply.value as readonly PageMatch[] } : reply;
}

/** Begins an operation, whose progress is among the operations of the state. */
export async function command(body: PageCommand): Promise<Reply<unknown>> {
  return post("/api/operations", body);
}

async function post(path: string, body: unknown): Promise<Reply<unknown>> {
  const token = sessionStorage.getItem(TOKEN);
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    const answer = (await response.json()) as { detail?: string };
    if (response.ok) return { ok: true, value: answer };
    return { ok: false, reason: answer.detail ?? `HTTP ${response.status}` };
  } catch (error) {
    return { ok: false, reason: `the supervisor does not answer: ${(error as Error).message}` };
  }
}
