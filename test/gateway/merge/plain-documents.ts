import { Document } from "../../../src/document/document.ts";

/**
 * A document as plain values: what the slow references of the merge tests work on. Empty fields are
 * left out.
 */
export interface PlainDocument {
  id: string;
  text?: string;
  blob?: string;
  uri?: string;
  weight?: number;
  tags?: Record<string, unknown>;
  scores?: Record<string, { value: number }>;
  embedding?: number[];
  matches?: PlainDocument[];
  chunks?: PlainDocument[];
}

/** The document's bytes. */
export function encodePlain(plain: PlainDocument): Uint8Array {
  const { blob, matches, chunks, ...init } = plain;
  const document = new Document({
    ...init,
    ...(blob === undefined ? {} : { blob: Buffer.from(blob) }),
  });
  if (matches) document.matches = matches.map((match) => Document.decode(encodePlain(match)));
  if (chunks) document.chunks = chunks.map((chunk) => Document.decode(encodePlain(chunk)));
  return document.encode();
}

function keepFilled(values: PlainDocument): PlainDocument {
  const isFilled = (value: unknown): boolean => {
    if (value === undefined || value === "" || value === 0) return false;
    return typeof value !== "object" || value === null || Object.keys(value).length > 0;
  };
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => isFilled(value)),
  ) as unknown as PlainDocument;
}

/** Decodes the bytes. */
export function decodePlain(bytes: Uint8Array): PlainDocument {
  return toPlain(Document.decode(bytes));
}

function toPlain(document: Document): PlainDocument {
  const scores = Object.entries(document.scores).map(
    ([name, { value }]) => [name, { value }] as const,
  );
  return keepFilled({
    id: document.id,
    text: document.text,
    blob: Buffer.from(document.blob).toString(),
    uri: document.uri,
    weight: document.weight,
    tags: document.tags,
    scores: Object.fromEntries(scores),
    embedding: document.embedding ? [...document.embedding] : [],
    matches: document.matches.map(toPlain),
    chunks: document.chunks.map(toPlain),
  });
}

/** Numbers below 1, the same for the same seed. */
export function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Lists of documents with few ids, so that they meet often. */
export function makeLists(random: () => number, depth: number): PlainDocument[][] {
  return Array.from({ length: 1 + Math.floor(random() * 3) }, () => makeList(random, depth));
}

function makeList(random: () => number, depth: number): PlainDocument[] {
  const ids = ["a", "b", "c", "d", "e"].filter(() => random() < 0.5);
  return ids.toSorted(() => random() - 0.5).map((id) => makePlain(random, id, depth));
}

function makePlain(random: () => number, id: string, depth: number): PlainDocument {
  const pick = (count: number): number => Math.floor(random() * count);
  const list = (): PlainDocument[] => (depth > 0 ? makeList(random, depth - 1) : []);
  const fields: (() => Partial<PlainDocument>)[] = [
    () => (random() < 0.5 ? { text: `t${pick(9)}` } : { blob: `b${pick(9)}` }),
    () => ({ uri: `u${pick(9)}` }),
    () => ({ weight: 1 + pick(4) }),
    () => ({ tags: { [random() < 0.5 ? "x" : "y"]: pick(5) } }),
    () => ({ scores: { cosine: { value: pick(3) / 2 } } }),
    () => ({ embedding: [1 + pick(2), 0.5] }),
    () => ({ matches: list() }),
    () => ({ chunks: list() }),
  ];
  const chosen = fields.filter(() => random() < 0.4).map((make) => make());
  return keepFilled(Object.assign({ id }, ...chosen) as PlainDocument);
}
