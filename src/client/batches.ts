import type { InputDocument } from "./reading/input.ts";

/** Documents that travel in one request, in their order. */
export interface Batch {
  /** From 0, in the order of the input. */
  readonly index: number;
  readonly documents: readonly InputDocument[];
  readonly bytes: number;
}

export interface BatchLimits {
  /** Documents of a batch at most. */
  readonly documents: number;
  /** Bytes of a batch at most; a larger document travels alone. */
  readonly bytes: number;
}

export const DEFAULT_LIMITS: BatchLimits = { documents: 100, bytes: 1024 * 1024 };

/**
 * Cuts documents into batches. Before it takes a document whose id is in a batch not yet answered,
 * it gives out what it has and waits (`whenAnswered`): several batches are on their way at once and
 * may overtake each other, but the last document of an id must win.
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
    const isTooMuch = bytes + document.bytes.length > limits.bytes;
    if (documents.length > 0 && (isTooMuch || inFlight.whenAnswered(document.id))) yield cut();
    await inFlight.whenAnswered(document.id);
    documents.push(document);
    bytes += document.bytes.length;
    // At once: the next document of a slow input may be long in coming.
    if (documents.length >= limits.documents || bytes >= limits.bytes) yield cut();
  }
  if (documents.length > 0) yield cut();
}

/** The ids of the batches on their way. */
export class IdsInFlight {
  readonly #answered = new Map<string, Promise<void>>();

  /** undefined where no batch on its way holds the id. */
  whenAnswered(id: string): Promise<void> | undefined {
    return this.#answered.get(id);
  }

  /** The batch was sent; `answered` settles with its answer, however that comes out. */
  hold(batch: Batch, answered: Promise<void>): void {
    for (const { id } of batch.documents) if (id !== "") this.#answered.set(id, answered);
  }

  release(batch: Batch): void {
    for (const { id } of batch.documents) this.#answered.delete(id);
  }
}
