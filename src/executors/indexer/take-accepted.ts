import { setImmediate } from "node:timers/promises";
import type { Document } from "../../index.ts";
import type { DocumentTest, Page } from "./parameters.ts";

/** How long documents are read before other work of the process gets its turn. */
const SLICE_MS = 10;

/**
 * Returns the documents of the candidates that pass `accepts`, in their order: `limit` of them,
 * after `offset`. A candidate whose document no longer exists is left out. Gives way to other work
 * of the process, and throws the reason of `signal` when the caller is gone.
 */
export async function takeAccepted<T>(
  candidates: Iterable<T>,
  page: Pick<Page, "limit" | "offset"> & {
    readonly accepts: DocumentTest;
    readonly read: (candidate: T) => Document | undefined;
    readonly signal?: AbortSignal;
  },
): Promise<Document[]> {
  const taken: Document[] = [];
  let toSkip = page.offset;
  let pauseAt = performance.now() + SLICE_MS;
  for (const candidate of candidates) {
    if (performance.now() > pauseAt) {
      await setImmediate();
      page.signal?.throwIfAborted();
      pauseAt = performance.now() + SLICE_MS;
    }
    const document = page.read(candidate);
    if (document === undefined || !page.accepts(document)) continue;
    if (toSkip > 0) toSkip -= 1;
    else taken.push(document);
    if (taken.length === page.limit) break;
  }
  return taken;
}
