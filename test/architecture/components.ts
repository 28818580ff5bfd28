import { basename } from "node:path";
import { componentOf, findLines, listImports, type SourceTree } from "./source-tree.ts";

/** The components of `src/`, lowest first, and the components that each may import. */
export type ComponentTable = Readonly<Record<string, readonly string[]>>;

/** Components that the table does not name. */
export function findUnlistedComponents(tree: SourceTree, table: ComponentTable): readonly string[] {
  const components = new Set([...tree.keys()].map(componentOf));
  return [...components].filter((component) => !Object.hasOwn(table, component));
}

/** Entries of the table that let a component import itself or one that is named after it. */
export function findUpwardEntries(table: ComponentTable): readonly string[] {
  const order = Object.keys(table);
  return order.flatMap((component, index) =>
    table[component]!.filter((to) => order.indexOf(to) >= index).map(
      (to) => `${component} -> ${to}`,
    ),
  );
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
