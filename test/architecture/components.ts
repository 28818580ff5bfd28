import { basename } from "node:path";
import { componentOf, findLines, listImports, type SourceTree } from "./source-tree.ts";

/** The components of `src/`, and the components that each may import. */
export type ComponentTable = Readonly<Record<string, readonly string[]>>;

/** A row of a Markdown table whose first cell is a component and whose last cell is a list. */
const ROW = /^\| `([\w.-]+?)\/?` .*\| ([^|]+?) +\|$/gm;

/** Reads the table of components in a Markdown page: the first table with a column "may import". */
export function readComponentTable(page: string): ComponentTable {
  const [, table = ""] = /^\|.*\| may import +\|\n([\s\S]*?)\n\n/m.exec(page) ?? [];
  const rows = [...table.matchAll(ROW)].map(([, component, list]) => [
    component,
    list === "nothing" ? [] : list!.replaceAll("`", "").replace(/;.*/, "").split(", "),
  ]);
  return Object.fromEntries(rows) as ComponentTable;
}

/** Components that the table does not name. */
export function findUnlistedComponents(tree: SourceTree, table: ComponentTable): readonly string[] {
  const components = new Set([...tree.keys()].map(componentOf));
  return [...components].filter((component) => !Object.hasOwn(table, component));
}

/** Components that may import themselves, directly or through other components of the table. */
export function findComponentCircles(table: ComponentTable): readonly string[] {
  const reach = (component: string, seen: Set<string>): ReadonlySet<string> => {
    for (const next of table[component] ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      reach(next, seen);
    }
    return seen;
  };
  return Object.keys(table).filter((component) => reach(component, new Set()).has(component));
}

/**
 * Imports that the table does not allow, and imports of a closed component's file other than its
 * entry file, which has the component's name. `open` names the components without an entry file.
 */
export function findForbiddenImports(
  tree: SourceTree,
  table: ComponentTable,
  open: ReadonlySet<string>,
): readonly string[] {
  const isAllowed = (from: string, to: string): boolean => {
    const [here, there] = [componentOf(from), componentOf(to)];
    if (here === there) return true;
    const isEntered = open.has(there) || basename(to) === `${there}.ts`;
    return isEntered && table[here]?.includes(there) === true;
  };
  return listImports(tree)
    .filter(({ from, to }) => !isAllowed(from, to))
    .map(({ from, to }) => `${from} -> ${to}`);
}

/** Imports of gRPC outside `wire/`. */
export function findGrpcImports(tree: SourceTree): readonly string[] {
  return findLines(
    tree,
    /\b(?:from|import\()\s*["'](?:@grpc\/|grpc-)/,
    (path) => !path.startsWith("src/wire/"),
  );
}

/** Uses of the process's environment, arguments, exit and console outside `main.ts` and `cli/`. */
export function findProcessAccess(tree: SourceTree): readonly string[] {
  return findLines(
    tree,
    /\bprocess\.(?:env|argv|exit)\b|\bconsole\.\w/,
    (path) => !path.endsWith("/main.ts") && !path.startsWith("src/cli/"),
  );
}

/** Clocks, timers, random numbers, files and sockets where only decisions are made. */
export function findImpureDecisions(tree: SourceTree): readonly string[] {
  return findLines(
    tree,
    /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bMath\.random\b|\bsetTimeout\b|from "node:(?!path|crypto)/,
    (path) =>
      /^src\/(?:flow|replication)\//.test(path) || /\/(?:decide|routing|merge)\//.test(path),
  );
}

/** Modules that a bench loads and that do not exist. `benches` are the texts of the benches. */
export function findMissingBenchModules(
  benches: SourceTree,
  tree: SourceTree,
): { readonly loaded: readonly string[]; readonly missing: readonly string[] } {
  const loaded = [...benches.values()].flatMap((text) =>
    [...text.matchAll(/(?:load\(|dist\/)"?([\w/-]+)\.js"/g)].map(([, path]) => `src/${path}.ts`),
  );
  return { loaded, missing: loaded.filter((path) => !tree.has(path)) };
}
