import { createHash } from "node:crypto";
import { RequestRefusal, toJflowError } from "../../util/errors.ts";
import { REMEMBERED_OPERATIONS } from "../../util/limits/shards.ts";
import type { DataRequest } from "../../wire/jina/messages/data-request.ts";

/** The latest idempotency keys, each with a hash of the request that used it. */
export class IdempotencyKeys {
  readonly #hashes = new Map<string, string>();
  readonly #limit: number;

  constructor(limit: number = REMEMBERED_OPERATIONS) {
    this.#limit = limit;
  }

  /**
   * Runs a request under its key. Throws `INVALID_ARGUMENT` if another request used the key,
   * because its writes would be answered as done, and not applied. A refused request has not used
   * its key, so the corrected request may have it.
   */
  async run<T>(key: string | undefined, request: DataRequest, run: () => Promise<T>): Promise<T> {
    if (key === undefined) return run();
    const isNew = this.#use(key, hashOf(request));
    try {
      return await run();
    } catch (error) {
      if (isNew && toJflowError(error).code === "INVALID_ARGUMENT") this.#hashes.delete(key);
      throw error;
    }
  }

  /** Returns whether the key is new. */
  #use(key: string, hash: string): boolean {
    const known = this.#hashes.get(key);
    if (known !== undefined && known !== hash)
      throw new RequestRefusal(
        "INVALID_ARGUMENT",
        `the idempotency-key ${JSON.stringify(key)} belongs to another request: send a changed request with a new key`,
      );
    if (known !== undefined) return false;
    this.#hashes.set(key, hash);
    const [oldest] = this.#hashes.keys();
    if (this.#hashes.size > this.#limit) this.#hashes.delete(oldest!);
    return true;
  }
}

/** A hash of what a client sends again: the id of the request may be another one. */
function hashOf({ header, parameters, documents }: DataRequest): string {
  const hash = createHash("sha256");
  const { execEndpoint, targetExecutor } = header;
  hash.update(JSON.stringify([execEndpoint, targetExecutor, parameters]));
  for (const document of documents) hash.update(`\n${document.length}\n`).update(document);
  return hash.digest("base64");
}
