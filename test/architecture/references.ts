import { dirname, join } from "node:path";
import type { SourceTree } from "./source-tree.ts";

const RULE = /\brules? (\d+)(?:(?:,| and| to)? (?:and )?(\d+))*/gi;
const GUARANTEE = /\bG(\d{1,2})\b/g;
const PAGE = /(?:https?:\/\/)?[\w./-]+\.md\b/g;
const COMMENT = /^\s*(?:\*|\/\/|\/\*)/;

/** Mentions of rules that have no heading `Rule <number>` in the protocol, as `path: rule`. */
export function findUnknownRules(texts: SourceTree, protocol: string): readonly string[] {
  const known = new Set([...protocol.matchAll(/^#+ Rule (\d+)\b/gm)].map(([, number]) => number));
  return [...texts].flatMap(([path, text]) =>
    [...text.matchAll(RULE)]
      .flatMap(([mention]) => mention.match(/\d+/g) ?? [])
      .filter((number) => !known.has(number))
      .map((number) => `${path}: rule ${number}`),
  );
}

/** Mentions of guarantees that have no heading `G<number>`, as `path: guarantee`. */
export function findUnknownGuarantees(texts: SourceTree, guarantees: string): readonly string[] {
  const known = new Set([...guarantees.matchAll(/^#+ G(\d+)\b/gm)].map(([, number]) => number));
  return [...texts].flatMap(([path, text]) =>
    [...text.matchAll(GUARANTEE)]
      .filter(([, number]) => !known.has(number))
      .map(([mention]) => `${path}: ${mention}`),
  );
}

/**
 * Mentions of Markdown pages that do not exist, as `path: page`. A page may be named from the
 * folder of the text, or by the end of its path. `pages` are the paths of all pages.
 *
 * In code, only comments and names in capitals count: other names are data of tests.
 */
export function findMissingPages(texts: SourceTree, pages: ReadonlySet<string>): readonly string[] {
  const ends = [...pages].map((page) => `/${page}`);
  const exists = (path: string, page: string): boolean =>
    pages.has(join(dirname(path), page)) || ends.some((end) => end.endsWith(`/${page}`));
  return [...texts].flatMap(([path, text]) =>
    text.split("\n").flatMap((line) =>
      (line.match(PAGE) ?? [])
        .filter((page) => !page.startsWith("http"))
        .filter((page) => path.endsWith(".md") || COMMENT.test(line) || /\b[A-Z]+\.md$/.test(page))
        .filter((page) => !exists(path, page))
        .map((page) => `${path}: ${page}`),
    ),
  );
}
