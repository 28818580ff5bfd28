import { GatewayClient } from "../../../client/client.ts";
import { Document } from "../../../document/document.ts";
import { isJsonObject } from "../../../util/json-object.ts";
import { JflowError } from "../../../util/errors.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { describeError } from "../post/describe-error.ts";
import { locateGateway } from "../post/locate-gateway.ts";
import { listWarnings } from "../post/shards-report.ts";
import { parseParameters } from "../post/parse-parameters.ts";
import { formatResults, listResults, pickFields, type Result } from "./results.ts";

interface SearchOptions extends FlowOptions {
  readonly host?: string;
  readonly endpoint: string;
  readonly limit: number;
  readonly offset: number;
  readonly maxDistance?: number;
  readonly filter?: string;
  readonly fields?: readonly string[];
  readonly withEmbeddings?: boolean;
  readonly param?: readonly string[];
  readonly target?: string;
  readonly output: "table" | "json";
}

/** The id of the document that holds the query, so that an answer can be told from an echo. */
const QUERY_ID = "jflow-search-query";

/**
 * `jflow search <text>`: posts one document with this text to `/search`, and shows what was found
 * as a table. Exits with 0 if there are no results.
 */
export async function search(
  context: CommandContext,
  options: SearchOptions,
  words: readonly string[],
): Promise<number> {
  const text = words.join(" ");
  if (text.trim() === "") throw new JflowError("INVALID_ARGUMENT", "the text to search is empty");
  const parameters = {
    limit: options.limit,
    ...(options.offset === 0 ? {} : { offset: options.offset }),
    ...(options.maxDistance === undefined ? {} : { max_distance: options.maxDistance }),
    ...(options.filter === undefined ? {} : { filter: parseFilter(options.filter) }),
    ...(options.withEmbeddings ? { with_embeddings: true } : {}),
    ...parseParameters(options.param ?? []),
  };
  const { address } = await locateGateway(context.terminal, options);
  await using client = new GatewayClient(address);
  await client.checkEndpoint(options.endpoint, options.target);
  const documents: Document[] = [];
  for await (const document of client.post(options.endpoint, {
    inputs: [new Document({ id: QUERY_ID, text })],
    parameters,
    ...(options.target === undefined ? {} : { targetExecutor: options.target }),
    onResponse: (response) => {
      for (const line of listWarnings(response.parameters)) printNotice(context, line);
    },
    onError: (error) => {
      throw new JflowError(error.code, describeError(error), { cause: error });
    },
  }))
    documents.push(document);
  const results = listResults(documents, {
    queryId: QUERY_ID,
    limit: options.limit,
    offset: options.offset,
    withEmbeddings: options.withEmbeddings ?? false,
  });
  show(context, options, results);
  return EXIT.ok;
}

function show(
  context: CommandContext,
  { output, fields = [] }: SearchOptions,
  results: readonly Result[],
): void {
  if (output === "json") {
    const rows = results.map((result) => pickFields(result, fields));
    print(context, JSON.stringify({ schema: "jflow.search/v1", results: rows }));
  } else if (results.length === 0) printNotice(context, "no results");
  else {
    const { stdout } = context.terminal;
    print(context, formatResults(results, fields, stdout.isTTY ? stdout.columns : undefined));
  }
}

/** Throws `INVALID_ARGUMENT` unless the text is a JSON object. */
function parseFilter(text: string): object {
  try {
    const filter = JSON.parse(text) as unknown;
    if (isJsonObject(filter)) return filter;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new JflowError(
    "INVALID_ARGUMENT",
    `--filter ${text} is not a JSON object: write, for example, --filter '{"price": {"$lt": 5}}'`,
  );
}
