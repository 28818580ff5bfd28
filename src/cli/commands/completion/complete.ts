import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { Command } from "commander";
import { findRunningFlow, listRunningFlows } from "../../flows/running-flows.ts";
import type { Terminal } from "../../terminal/terminal.ts";
import { EXIT } from "../../terminal/exit-codes.ts";
import { listCandidates, type CandidateDeps } from "./candidates.ts";

/**
 * Prints the candidates for the last word, one a line, with a tab and the meaning after it: what
 * the scripts of `jflow completion` call. Never fails, because a shell shows no error here. Asks no
 * supervisor: a connection would take longer than the whole completion.
 */
export async function complete(
  program: Command,
  terminal: Terminal,
  words: readonly string[],
): Promise<number> {
  // PowerShell drops an empty argument, so its script sends a space.
  const given = words.map((word) => word.trim());
  // An error text in the middle of a command line would disturb more than no candidates.
  const candidates = await listCandidates(program, given, depsOf(terminal, given)).catch(() => []);
  for (const { word, meaning } of candidates)
    terminal.stdout.write(meaning === undefined ? `${word}\n` : `${word}\t${meaning}\n`);
  return EXIT.ok;
}

function depsOf(terminal: Terminal, words: readonly string[]): CandidateDeps {
  return {
    async addresses() {
      const flow = await findRunningFlow(terminal, selectionOf(words));
      if (flow === undefined) return [];
      const text = await readFile(resolve(dirname(flow.socket), "children.json"), "utf8");
      return addressesOf(JSON.parse(text) as unknown);
    },
    async flows() {
      return (await listRunningFlows(terminal)).map(({ name }) => name);
    },
    async files(prefix, isWanted) {
      const folder = prefix.endsWith("/") ? prefix : dirname(prefix);
      const typed = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      const isHidden = basename(prefix).startsWith(".") && !prefix.endsWith("/");
      const entries = await readdir(resolve(terminal.cwd(), folder), { withFileTypes: true });
      return entries
        .filter(({ name }) => name.startsWith(".") === isHidden)
        .filter((entry) => entry.isDirectory() || isWanted(entry.name))
        .map((entry) => typed + entry.name + (entry.isDirectory() ? "/" : ""))
        .toSorted();
    },
  };
}

/** Returns the flow that `-f` or `--name` selects in the words before the cursor. */
function selectionOf(words: readonly string[]): { file?: string; name?: string } {
  const valueAfter = (...flags: readonly string[]): string | undefined => {
    const index = words.findIndex((word) => flags.includes(word));
    return index === -1 || index >= words.length - 2 ? undefined : words[index + 1];
  };
  const isLogs = words[0] === "logs";
  const file = isLogs ? valueAfter("--file") : valueAfter("-f", "--file");
  const name = valueAfter("--name");
  return { ...(file === undefined ? {} : { file }), ...(name === undefined ? {} : { name }) };
}

/** The processes of `children.json`, each with its address. */
function addressesOf(children: unknown): readonly string[] {
  const listed = Object.values((children ?? {}) as Readonly<Record<string, unknown>>).flat();
  const addresses = listed.map((child) => (child as { readonly address?: unknown })?.address);
  return addresses.filter((address) => typeof address === "string");
}
