import { setImmediate } from "node:timers/promises";
import type { Document } from "../../index.ts";
import type { DocumentTest, Page } from "./parameters.ts";

/** Documents that are read before other work of the process gets its turn. */
const READ_AT_ONCE = 200;

/**
 * Returns the documents of the candidates that pass `accepts`, in their order: `limit` of them,
 * after `offset`. A candidate whose document no longer exists is left out. Gives way to other work
 * of the process.
 */
export async function takeAccepted<T>(
  candidates: readonly T[],
  page: Pick<Page, "limit" | "offset"> & {
    readonly accepts: DocumentTest;
    readonly read: (candidate: T) => Document | undefined;
  },
): Promise<Document[]> {
  const taken: Document[] = [];
  let toSkip = page.offset;
  for (const [position, candidate] of candidates.entries()) {
    if (position % READ_AT_ONCE === READ_AT_ONCE - 1) await setImmediate();
    const document = page.read(candidate);
    if (document === undefined || !page.accepts(document)) continue;
    if (toSkip > 0) toSkip -= 1;
    else taken.push(document);
    if (taken.length === page.limit) break;
  }
  return taken;
}
