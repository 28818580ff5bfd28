import { readFile } from "node:fs/promises";
import { isJsonObject, type JsonObject } from "../../../util/json-object.ts";
import { messageOf } from "../../../util/error-code.ts";
import { JflowError } from "../../../util/errors.ts";
import type { Judgements } from "./measures.ts";

/** The text of each query, by its id. */
export type Queries = ReadonlyMap<string, string>;

/** Reads a file of queries. Throws `NOT_FOUND`, or `INVALID_ARGUMENT` with the line. */
export async function readQueries(file: string): Promise<Queries> {
  return parseQueries(await readText(file), file);
}

/** Reads a file of judgements. Throws `NOT_FOUND`, or `INVALID_ARGUMENT` with the line. */
export async function readJudgements(file: string): Promise<ReadonlyMap<string, Judgements>> {
  return parseJudgements(await readText(file), file);
}

/**
 * Parses lines of id, tab and text, or the JSON Lines of
 * [BEIR](https://github.com/beir-cellar/beir) with `_id` and `text`.
 */
export function parseQueries(content: string, file: string): Queries {
  const queries = new Map<string, string>();
  for (const { line, number } of linesOf(content)) {
    const fail = failAt(file, number);
    const [id, text] = line.startsWith("{") ? parseJsonQuery(line, fail) : parseQuery(line, fail);
    if (queries.has(id)) fail(`query ${id} occurs again`);
    queries.set(id, text);
  }
  if (queries.size === 0) throw new JflowError("INVALID_ARGUMENT", `${file} has no queries`);
  return queries;
}

/**
 * Parses lines of query, iteration, document and relevance, as trec_eval reads them, or of query,
 * document and relevance with a line of titles, as BEIR writes them.
 */
export function parseJudgements(content: string, file: string): ReadonlyMap<string, Judgements> {
  const all = new Map<string, Map<string, number>>();
  for (const { line, number } of linesOf(content)) {
    const fields = line.trim().split(/\s+/);
    if (number === 1 && fields[0] === "query-id") continue;
    const [query, document, relevance] = parseJudgement(fields, failAt(file, number));
    const judgements = all.get(query) ?? new Map<string, number>();
    judgements.set(document, relevance);
    all.set(query, judgements);
  }
  if (all.size === 0) throw new JflowError("INVALID_ARGUMENT", `${file} has no judgements`);
  return all;
}

type Fail = (problem: string) => never;

function parseJudgement(
  fields: readonly string[],
  fail: Fail,
): readonly [query: string, document: string, relevance: number] {
  const [query, document, relevance, ...rest] =
    fields.length === 4 ? fields.toSpliced(1, 1) : fields;
  if (rest.length > 0 || relevance === undefined || !/^-?\d+$/.test(relevance))
    return fail("expected a query, an iteration, a document and a whole number: 1 0 doc-17 1");
  return [query!, document!, Number(relevance)];
}

function parseQuery(line: string, fail: Fail): readonly [string, string] {
  const [id = "", ...words] = line.split("\t");
  const text = words.join(" ").trim();
  if (id.trim() === "" || text === "") fail("expected an id, a tab and the text of the query");
  return [id.trim(), text];
}

function parseJsonQuery(line: string, fail: Fail): readonly [string, string] {
  const { _id: id, text } = parseObject(line);
  if (typeof id !== "string" || typeof text !== "string" || text.trim() === "")
    return fail('expected {"_id": "1", "text": "the query"}');
  return [id, text];
}

function parseObject(line: string): JsonObject {
  try {
    const value = JSON.parse(line) as unknown;
    return isJsonObject(value) ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function failAt(file: string, line: number): Fail {
  return (problem) => {
    throw new JflowError("INVALID_ARGUMENT", `${file}:${line} ${problem}`);
  };
}

function linesOf(content: string): readonly { line: string; number: number }[] {
  return content
    .replace(/^\u{FEFF}/u, "")
    .split(/\r?\n/)
    .map((line, i) => ({ line, number: i + 1 }))
    .filter(({ line }) => line.trim() !== "");
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new JflowError("NOT_FOUND", `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}
