import { Document } from "../../../document/document.ts";
import { DocumentFrequencies } from "../../../executors/executors.ts";
import type { InputFormat } from "../../../model/input-format.ts";
import { JflowError } from "../../../util/errors.ts";
import { countOf } from "../../../util/text/count-of.ts";
import { printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { PostFailures } from "../post/post-failures.ts";
import { PostInput } from "../post/post-input.ts";

interface IdfOptions {
  readonly input: readonly string[];
  readonly format?: InputFormat;
  readonly delimiter?: string;
  readonly encoding?: string;
  readonly map?: readonly string[];
}

/**
 * `jflow idf`: counts in how many documents each term stands, and prints the table for parameter
 * `idf` of `TfidfEncoder`. Throws `INVALID_ARGUMENT` for a line that cannot be read, and if no
 * document has a text.
 */
export async function idf(context: CommandContext, options: IdfOptions): Promise<number> {
  const failures = new PostFailures(undefined);
  const deps = { context, failures, flowFolder: undefined };
  await using input = await PostInput.open(deps, { ...options, onError: "stop" });
  const frequencies = new DocumentFrequencies();
  let withoutText = 0;
  for await (const { bytes } of input.documents()) {
    const { text } = Document.decode(bytes);
    if (text === "") withoutText += 1;
    else frequencies.add(text);
  }
  if (failures.firstStop !== undefined) throw failures.firstStop;
  if (frequencies.documents === 0)
    throw new JflowError(
      "INVALID_ARGUMENT",
      "no document has a text: name the key or column of the text, such as --map description=text",
    );
  context.terminal.stdout.write(frequencies.format());
  const left = withoutText === 0 ? "" : `; left out ${withoutText} without text`;
  printNotice(context, `counted ${countOf(frequencies.documents, "document")}${left}`);
  return EXIT.ok;
}
