import { spawn } from "node:child_process";
import { once } from "node:events";
import { messageOf } from "../../../util/error-code.ts";
import { askFlow } from "../../flows/ask-supervisor.ts";
import type { FlowOptions } from "../../flows/running-flows.ts";
import { print, printNotice, type CommandContext } from "../../terminal/context.ts";
import { EXIT } from "../../terminal/exit-codes.ts";

interface UiOptions extends FlowOptions {
  readonly open?: boolean;
}

/**
 * `jflow ui`: prints the address of the page of a running flow. The address carries the token that
 * allows changes.
 */
export async function ui(context: CommandContext, options: UiOptions): Promise<number> {
  const { page } = await askFlow(context, options, { ask: "page" }, "page");
  const url = `${page.url}/#token=${page.token}`;
  print(context, url);
  if (options.open === true) await open(context, url);
  return EXIT.ok;
}

/** Opens an address in the browser of this system. Reports a failure: the address is printed. */
async function open(context: CommandContext, url: string): Promise<void> {
  const program = { darwin: "open", win32: "explorer" }[process.platform as string] ?? "xdg-open";
  const child = spawn(program, [url], { detached: true, stdio: "ignore" });
  try {
    await once(child, "spawn");
    child.unref();
  } catch (error) {
    printNotice(context, `cannot open a browser: ${messageOf(error)}`);
  }
}
