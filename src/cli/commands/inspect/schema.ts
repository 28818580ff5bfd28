import { flowJsonSchema } from "../../../flow/flow.ts";
import { print, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";

/** `jflow schema`: prints the JSON Schema (draft-07) of flow files. */
export async function schema(context: CommandContext): Promise<number> {
  print(context, JSON.stringify(flowJsonSchema(), null, 2));
  return EXIT.ok;
}
