import { Option, type Command } from "commander";
import { INPUT_FORMATS } from "../../model/input-format.ts";
import { collect, delimiterOf, encodingOf } from "./options.ts";

/** `--input`: what a command reads. */
export const inputOption = (): Option =>
  new Option(
    "--input <source>",
    "File or quoted pattern to read: JSON Lines, JSON, CSV or text, each also as gzip, or Parquet; - is stdin. Repeatable",
  ).argParser(collect);

/** The options that say how `--input` is read. */
export function addFormatOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--format <format>",
        "Format of the input, instead of its content and name",
      ).choices(INPUT_FORMATS),
    )
    .option(
      "--delimiter <char>",
      "Delimiter of CSV, such as ';' or tab, instead of the one that fits",
      delimiterOf,
    )
    .option(
      "--encoding <name>",
      "Encoding of text, such as windows-1252, instead of UTF-8",
      encodingOf,
    )
    .option(
      "--map <key=field,...>",
      "Load a key or a column as a field, or as a tag: price=tags.cost. Repeatable",
      collect,
    );
}
