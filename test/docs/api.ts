import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./documents.ts";

const DIST = join(ROOT, "dist");
const REEXPORT = /^export (?:type )?\{([^}]+)\} from "(\.[^"]+)";$/gm;
const COMMENT = String.raw`(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?`;
const DECLARATION = String.raw`export (?:declare )?(?:abstract )?(?:class|interface|type|function) NAME\b`;

interface Declaration {
  readonly name: string;
  readonly comment: string;
  readonly code: string;
}

/**
 * Describes what `import ... from "jflow"` gives, in Markdown: each name with its docstring and its
 * declaration, from the type declarations that `npm run build` writes.
 */
export function describeApi(): string {
  const index = read("index.d.ts");
  const reexported = [...index.matchAll(REEXPORT)].flatMap(([, names, path]) =>
    splitNames(names!).map((name) => findDeclaration(name, resolveModule(path!))),
  );
  const declarations = [findDeclaration("Client", "index.d.ts"), ...reexported];
  const kinds = [
    { title: "Values", isOne: isValue },
    { title: "Types", isOne: (one: Declaration) => !isValue(one) },
  ];
  return kinds
    .flatMap(({ title, isOne }) => [`## ${title}`, ...declarations.filter(isOne).map(format)])
    .join("\n\n");
}

function isValue({ code }: Declaration): boolean {
  return /^(?:declare )?(?:abstract )?(?:class|function)/.test(code);
}

function format({ name, comment, code }: Declaration): string {
  return [`### ${name}`, comment, `\`\`\`typescript\n${code}\n\`\`\``]
    .filter((part) => part !== "")
    .join("\n\n");
}

function splitNames(names: string): readonly string[] {
  return names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function resolveModule(path: string): string {
  const name = path.replace(/\.[tj]s$/, "");
  return [`${name}.d.ts`, `${name}/index.d.ts`].find((file) => existsSync(join(DIST, file)))!;
}

function read(path: string): string {
  return readFileSync(join(DIST, path), "utf8");
}

/** Finds a declaration in a file, or in the file that the file has the name from. */
function findDeclaration(name: string, path: string): Declaration {
  const text = read(path);
  const match = new RegExp(COMMENT + DECLARATION.replace("NAME", name), "m").exec(text);
  if (match !== null) {
    const start = match.index + match[0].indexOf("export ");
    const [comment, code] = [readComment(match[1]), readCode(text, start)];
    return { name, comment, code };
  }
  for (const [, names, from] of text.matchAll(REEXPORT)) {
    if (splitNames(names!).includes(name))
      return findDeclaration(name, resolveModule(join(dirname(path), from!)));
  }
  throw new Error(`dist/${path} does not declare ${name}`);
}

/** The declaration up to its end: the brace that closes it, or the semicolon of a type. */
function readCode(text: string, start: number): string {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const sign = text[at]!;
    if (text.startsWith("/*", at)) at = text.indexOf("*/", at) + 1;
    else if ("{([".includes(sign)) depth += 1;
    else if ("})]".includes(sign)) depth -= 1;
    const isEnd = depth === 0 && (sign === ";" || (sign === "}" && isBlock(text, start)));
    if (isEnd) return clean(text.slice(start, at + 1));
  }
  throw new Error(`a declaration has no end: ${text.slice(start, start + 80)}`);
}

function isBlock(text: string, start: number): boolean {
  return /^export (?:declare )?(?:abstract )?(?:class|interface)/.test(text.slice(start));
}

/** Without what only the compiler needs. */
function clean(code: string): string {
  return code
    .replace(/^export (?:declare )?/, "")
    .split("\n")
    .filter((line) => !/^\s+(#private;|private |\/\*\* @internal)/.test(line))
    .join("\n");
}

function readComment(text: string | undefined): string {
  return (text ?? "")
    .split("\n")
    .map((line) => line.replace(/^\s*\* ?/, ""))
    .join("\n")
    .trim();
}
