import type { InputDocument } from "./reading/items/input.ts";

/** The documents of one request, in the order of the input. */
export interface Batch {
  /** From 0, in the order of the input. */
  readonly index: number;
  readonly documents: readonly InputDocument[];
  readonly bytes: number;
}

export interface BatchLimits {
  /** The maximum number of documents of a batch. */
  readonly documents: number;
  /** The maximum number of bytes of a batch. A larger document is a batch of its own. */
  readonly bytes: number;
}

export const DEFAULT_LIMITS: BatchLimits = { documents: 100, bytes: 1024 * 1024 };

/**
 * Splits documents into batches. If the id of a document is in a batch that is not answered yet,
 * yields the current batch and waits (`whenAnswered`): batches in flight may overtake each other,
 * but the last document of an id must win.
 */
export async function* makeBatches(
  inputs: AsyncIterable<InputDocument> | Iterable<InputDocument>,
  limits: BatchLimits,
  inFlight: { whenAnswered(id: string): Promise<void> | undefined },
): AsyncGenerator<Batch> {
  let index = 0;
  let documents: InputDocument[] = [];
  let bytes = 0;
  const cut = (): Batch => {
    const batch: Batch = { index, documents, bytes };
    index += 1;
    documents = [];
    bytes = 0;
    return batch;
  };
  for await (const document of inputs) {
    const isFull = bytes + document.bytes.length > limits.bytes;
    if (documents.length > 0 && (isFull || inFlight.whenAnswered(document.id))) yield cut();
    await inFlight.whenAnswered(document.id);
    documents.push(document);
    bytes += document.bytes.length;
    // Not later: a slow input may take long to yield the next document.
    if (documents.length >= limits.documents || bytes >= limits.bytes) yield cut();
  }
  if (documents.length > 0) yield cut();
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
