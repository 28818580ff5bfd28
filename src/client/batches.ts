import { randomUUID } from "node:crypto";
import { withDocumentId } from "../document/scan/document-values.ts";
import { SLOW_INPUT_MS } from "../util/limits/clients.ts";
import type { JflowError } from "../util/errors.ts";
import type { DataRequest } from "../wire/jina/messages/data-request.ts";
import type { InputDocument } from "./reading/items/input.ts";

/** The documents of one request, in the order of the input. */
export interface Batch {
  /** From 0, in the order of the input. */
  readonly index: number;
  readonly documents: readonly InputDocument[];
  readonly bytes: number;
}

/** The answer of a batch, or its error. */
export type PostOutcome =
  | (BatchOutcome & { readonly ok: true; readonly response: DataRequest })
  | (BatchOutcome & {
      readonly ok: false;
      readonly error: JflowError;
      /** The answer that holds the error. Its `_shards` may list documents that were written. */
      readonly response?: DataRequest;
    });

interface BatchOutcome {
  readonly batch: Batch;
  /** The duration in milliseconds. */
  readonly ms: number;
  /** Answers that refused a larger batch, of which this is the first part that is sent again. */
  readonly repeated?: readonly DataRequest[];
}

export interface BatchLimits {
  /** The maximum number of documents of a batch. */
  readonly documents: number;
  /** The maximum number of bytes of a batch. A larger document is a batch of its own. */
  readonly bytes: number;
}

export const DEFAULT_LIMITS: BatchLimits = { documents: 100, bytes: 1024 * 1024 };

/**
 * Splits documents into batches. A batch that is not full ends 200 ms after its first document. If
 * the id of a document is in a batch that is not answered yet, yields the current batch and waits
 * (`whenAnswered`): batches in flight may overtake each other, but the last document of an id must
 * win.
 */
export async function* makeBatches(
  inputs: AsyncIterable<InputDocument> | Iterable<InputDocument>,
  limits: BatchLimits,
  inFlight: { whenAnswered(id: string): Promise<void> | undefined },
): AsyncGenerator<Batch> {
  const open = new OpenBatch(limits);
  try {
    for await (const document of withPauses(inputs, () => open.timeout)) {
      if (document === undefined) {
        yield open.take();
        continue;
      }
      const mustEnd = !open.hasSpaceFor(document) || inFlight.whenAnswered(document.id);
      if (mustEnd && !open.isEmpty) yield open.take();
      await inFlight.whenAnswered(document.id);
      open.add(document);
      // Not later: a slow input may take long to yield the next document.
      if (open.isFull) yield open.take();
    }
    if (!open.isEmpty) yield open.take();
  } finally {
    open.take();
  }
}

/** The batch that is being filled. */
class OpenBatch {
  readonly #limits: BatchLimits;
  #index = 0;
  #documents: InputDocument[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Resolves 200 ms after the first document; undefined where the batch is empty. */
  timeout: Promise<undefined> | undefined;

  constructor(limits: BatchLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#documents.length === 0;
  }

  get isFull(): boolean {
    return this.#documents.length >= this.#limits.documents || this.#bytes >= this.#limits.bytes;
  }

  hasSpaceFor({ bytes }: InputDocument): boolean {
    return this.#bytes + bytes.length <= this.#limits.bytes;
  }

  add(document: InputDocument): void {
    this.#documents.push(document);
    this.#bytes += document.bytes.length;
    this.timeout ??= new Promise((resolve) => {
      this.#timer = setTimeout(() => resolve(undefined), SLOW_INPUT_MS);
    });
  }

  /** Returns the batch and starts the next one. */
  take(): Batch {
    const batch = { index: this.#index, documents: this.#documents, bytes: this.#bytes };
    clearTimeout(this.#timer);
    this.#index += 1;
    this.#documents = [];
    this.#bytes = 0;
    this.timeout = undefined;
    return batch;
  }
}

/** Yields the inputs, and undefined where `timeout` resolves before the next one arrives. */
async function* withPauses<T>(
  inputs: AsyncIterable<T> | Iterable<T>,
  timeout: () => Promise<undefined> | undefined,
): AsyncGenerator<T | undefined> {
  const iterator =
    Symbol.asyncIterator in inputs ? inputs[Symbol.asyncIterator]() : inputs[Symbol.iterator]();
  try {
    let next = Promise.resolve(iterator.next());
    for (;;) {
      const result = await Promise.race([next, timeout() ?? next]);
      if (result?.done === true) return;
      yield result?.value;
      if (result !== undefined) next = Promise.resolve(iterator.next());
    }
  } finally {
    // Not awaited: while the input waits for data, for example from a pipe, `return` resolves only
    // when that data arrives.
    Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** The ids of the documents in flight. */
export class IdsInFlight {
  readonly #answered = new Map<string, Promise<void>>();

  /** Returns undefined if the id is not in flight. */
  whenAnswered(id: string): Promise<void> | undefined {
    return this.#answered.get(id);
  }

  /** Adds the ids of a sent batch. `answered` resolves when the batch is answered or has failed. */
  hold(batch: Batch, answered: Promise<void>): void {
    for (const { id } of batch.documents) if (id !== "") this.#answered.set(id, answered);
  }

  release(batch: Batch): void {
    for (const { id } of batch.documents) this.#answered.delete(id);
  }
}

/** Returns the batch with a random id in each document without an id. */
export function nameDocuments(batch: Batch): Batch {
  if (batch.documents.every(({ id }) => id !== "")) return batch;
  const documents = batch.documents.map((document) => {
    if (document.id !== "") return document;
    const id = randomUUID().replaceAll("-", "");
    return { ...document, id, bytes: withDocumentId(document.bytes, id) };
  });
  return { ...batch, documents };
}
