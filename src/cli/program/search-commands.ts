import { Option, type Command } from "commander";
import type { Action } from "./action.ts";
import { addCommandHelp } from "./command-help.ts";
import {
  collect,
  countFromZero,
  countOf,
  fileOption,
  hostOption,
  listOf,
  nameOption,
  numberOf,
  outputOption,
  paramOption,
  targetOption,
} from "./options.ts";

/** Declares `jflow search`. */
export function addSearch(program: Command, action: Action): void {
  const command = program
    .command("search")
    .argument("<text...>", "Text to search for")
    .description("Search a running flow and show the results as a table")
    .addOption(fileOption())
    .addOption(nameOption())
    .addOption(hostOption())
    .option("-n, --limit <results>", "Maximum number of results", countOf, 10)
    .option("--offset <results>", "Skip this many results", countFromZero, 0)
    .option("--max-distance <distance>", "Leave out results with a larger score", numberOf)
    .option("--filter <json>", "Condition that results must pass")
    .option("--fields <names>", "Show these fields or tags, such as price,maker.name", listOf)
    .option("--endpoint <endpoint>", "Endpoint of the executors", "/search")
    .addOption(paramOption())
    .addOption(targetOption())
    .option("--with-embeddings", "Show embeddings in JSON output")
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("../commands/search/search.ts")).search));
  addCommandHelp(command, {
    examples: [
      ['jflow search "a small dog"', "Show the ten best results"],
      [
        `jflow search dog -n 3 --filter '{"price": {"$lt": 20}}' --fields price`,
        "Show three results under a price, with the price",
      ],
      ['jflow search "a small dog" -o json', "Print the results as JSON"],
    ],
    exitCodes: { 1: "The gateway does not answer, or an executor failed" },
  });
}

/** Declares `jflow eval`. */
export function addEval(program: Command, action: Action): void {
  const command = program
    .command("eval")
    .description("Measure the answers of a running flow by the judgements of people")
    .requiredOption("--queries <file>", "Queries: lines of id, tab and text, or JSON Lines of BEIR")
    .option("--qrels <file>", "Judgements: lines of query, iteration, document and relevance")
    .addOption(fileOption())
    .addOption(nameOption())
    .addOption(hostOption())
    .option("-n, --limit <results>", "Number of results to ask for and to measure", countOf, 100)
    .option("--endpoint <endpoint>", "Endpoint of the executors", "/search")
    .addOption(paramOption())
    .addOption(targetOption())
    .option("--ann", "Compare the results with those of an exact search")
    .option("--against <flow>", "Compare with another flow: its name, file or address")
    .addOption(
      new Option(
        "--against-param <key=value>",
        "Compare with another value of a parameter. Repeatable",
      ).argParser(collect),
    )
    .option("--per-query", "Show the measures of each query, too")
    .option("--run <file>", "Write the results in the format of trec_eval")
    .addOption(outputOption("table", "json"))
    .action(action(async () => (await import("../commands/evaluate/eval.ts")).evalCommand));
  addCommandHelp(command, {
    examples: [
      ["jflow eval --queries queries.tsv --qrels qrels.txt", "Print nDCG@10, MAP, MRR and recall"],
      ["jflow eval --queries queries.tsv --ann", "Compare with an exact search"],
      [
        "jflow eval --queries queries.tsv --qrels qrels.txt --against-param ef=500",
        "Print which queries move with another search width",
      ],
    ],
    exitCodes: { 1: "The gateway does not answer, or an executor failed" },
  });
}
