import { createRequire } from "node:module";
import { print, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { jflowVersion } from "../../../util/version.ts";

const require = createRequire(import.meta.url);

/**
 * `jflow version`: prints the versions of jflow, Node.js and the main dependencies; `-` for one
 * that is not installed.
 */
export async function version(
  context: CommandContext,
  options: { output: "text" | "json" },
): Promise<number> {
  const versions = {
    jflow: jflowVersion(),
    node: process.version.slice(1),
    "grpc-js": installedVersion("@grpc/grpc-js"),
    "hnswlib-node": installedVersion("hnswlib-node"),
  };
  if (options.output === "json") print(context, JSON.stringify(versions));
  else
    for (const [name, value] of Object.entries(versions))
      print(context, `${name.padEnd(14)}${value ?? "-"}`);
  return EXIT.ok;
}

function installedVersion(name: string): string | null {
  try {
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return null;
    throw error;
  }
}
