import { flowJsonSchema } from "../../../flow/flow.ts";
import { print, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";

/**
 * `jflow schema`: the JSON Schema (draft-07) of flow files, made from the same rules that check
 * them.
 */
export async function schema(context: CommandContext): Promise<number> {
  print(context, JSON.stringify(flowJsonSchema(), null, 2));
  return EXIT.ok;
}
