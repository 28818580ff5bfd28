import { listDocuments, readBlocks, type Block } from "./documents.ts";

/** A command of a console block, and the output that the document shows. */
export interface Step {
  readonly command: string;
  readonly shown: string;
}

/** What a session does with a code block, in the order of the document. */
export type Action =
  | { readonly kind: "file"; readonly block: Block; readonly path: string }
  | {
      readonly kind: "console";
      readonly block: Block;
      readonly steps: readonly Step[];
      /** The exit code of the last command; every other command exits with 0. */
      readonly exit: number;
      /** Headers of columns whose cells vary from run to run, in addition to the usual ones. */
      readonly varies: readonly string[];
    };

/** The blocks of one document that share a scratch folder and a shell. */
export interface Session {
  readonly name: string;
  readonly document: string;
  /** The folder whose content the scratch folder starts with; undefined: an empty folder. */
  readonly from: string | undefined;
  /** What the session needs from the machine: `python`. */
  readonly needs: string | undefined;
  readonly actions: readonly Action[];
}

interface Directive {
  readonly kind: "console" | "file";
  readonly path: string | undefined;
  readonly options: Readonly<Record<string, string>>;
}

/**
 * Returns the sessions of all documents. `<!-- console session=a -->` in front of a block of
 * commands makes the block a part of session `a`; `<!-- file search.ts session=a -->` has the next
 * block written to that file. Options of the first directive of a session count for the session:
 * `from=flows/hello` and `needs=python`.
 */
export function listSessions(): readonly Session[] {
  return listDocuments().flatMap((document) => {
    const blocks = readBlocks(document).flatMap((block) => {
      const directive = parseDirective(block.directive);
      return directive === undefined ? [] : [{ block, directive }];
    });
    const names = new Set(blocks.map(({ directive }) => directive.options["session"] ?? "main"));
    return [...names].map((name) => {
      const own = blocks.filter(
        ({ directive }) => (directive.options["session"] ?? "main") === name,
      );
      const { from, needs } = own[0]!.directive.options;
      return {
        name: name === "main" ? document : `${document}: ${name}`,
        document,
        from,
        needs,
        actions: own.map(({ block, directive }) => toAction(block, directive)),
      };
    });
  });
}

function parseDirective(text: string): Directive | undefined {
  const [kind, ...words] = text.split(/\s+/);
  if (kind !== "console" && kind !== "file") return undefined;
  const options = words.filter((word) => word.includes("="));
  return {
    kind,
    path: words.find((word) => !word.includes("=")),
    options: Object.fromEntries(options.map((word) => word.split("=", 2) as [string, string])),
  };
}

function toAction(block: Block, { kind, path, options }: Directive): Action {
  if (kind === "file") {
    if (path === undefined) throw new Error(`${block.document}:${block.line}: file needs a path`);
    return { kind, block, path };
  }
  return {
    kind,
    block,
    steps: parseSteps(block),
    exit: Number(options["exit"] ?? 0),
    varies: options["varies"]?.split(",") ?? [],
  };
}

/** A command starts with `$ `; lines that start with `> ` continue it. The rest is output. */
function parseSteps(block: Block): readonly Step[] {
  const steps: { command: string[]; shown: string[] }[] = [];
  for (const line of block.text.trimEnd().split("\n")) {
    const last = steps.at(-1);
    if (line.startsWith("$ ")) steps.push({ command: [line.slice(2)], shown: [] });
    else if (last === undefined)
      throw new Error(`${block.document}:${block.line}: output in front of the first command`);
    else if (line.startsWith("> ") && last.shown.length === 0) last.command.push(line.slice(2));
    else last.shown.push(line);
  }
  return steps.map(({ command, shown }) => ({
    command: command.join("\n"),
    shown: shown.join("\n"),
  }));
}

/** The text of a console block with other outputs. */
export function formatSteps(steps: readonly Step[], outputs: readonly string[]): string {
  return steps
    .map(({ command }, i) => {
      const output = outputs[i]!.trimEnd();
      return `$ ${command.replaceAll("\n", "\n> ")}\n${output === "" ? "" : `${output}\n`}`;
    })
    .join("");
}
