import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../..");

/** Folders whose Markdown files are documents, in addition to those of the project's root. */
const FOLDERS = [".github", "flows", "src", "test/bench"];

/** A fenced code block of a document. */
export interface Block {
  readonly document: string;
  /** 1 for the first line of the document. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The HTML comment in front of the block, without its markers; empty where there is none. */
  readonly directive: string;
  /** Where `text` begins in the document. */
  readonly offset: number;
}

const BLOCK = /(?:^<!-- ([^\n]*) -->\n+)?^```(\w*)\n([\s\S]*?)^```$/gm;

/** The paths of all documents, relative to the project's root. */
export function listDocuments(): readonly string[] {
  const nested = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map(
      (name) => `${folder}/${name}`,
    ),
  );
  return [...readdirSync(ROOT), ...nested]
    .filter((name) => name.endsWith(".md") && !name.includes(".jflow/"))
    .toSorted();
}

export function readDocument(document: string): string {
  return readFileSync(join(ROOT, document), "utf8");
}

export function writeDocument(document: string, text: string): void {
  if (text !== readDocument(document)) writeFileSync(join(ROOT, document), text);
}

/** Returns the code blocks of a document in their order. */
export function readBlocks(document: string): readonly Block[] {
  const whole = readDocument(document);
  return [...whole.matchAll(BLOCK)].map((match) => {
    const text = match[3]!;
    const offset = match.index + match[0].length - "```".length - text.length;
    return {
      document,
      line: whole.slice(0, offset).split("\n").length,
      language: match[2]!,
      text,
      directive: match[1] ?? "",
      offset,
    };
  });
}

/** Returns the code blocks of all documents. */
export function listBlocks(): readonly Block[] {
  return listDocuments().flatMap(readBlocks);
}
