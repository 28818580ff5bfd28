import type { SourceTree } from "./source-tree.ts";

const EXPORTED_TYPE =
  /^export (?:declare )?(?:abstract )?(?:interface|type|class|enum) (\w+)(?=[\s<{=])/gm;

/** A function that returns an object literal as an interface. */
interface Maker {
  readonly path: string;
  readonly factory: string;
  readonly type: string;
  readonly isExported: boolean;
}

/** Names of exported types that occur in more than one file, with these files. */
export function findRepeatedTypeNames(
  tree: SourceTree,
): Readonly<Record<string, readonly string[]>> {
  const files = new Map<string, string[]>();
  for (const [path, text] of tree) {
    for (const [, name] of text.matchAll(EXPORTED_TYPE))
      files.set(name!, [...(files.get(name!) ?? []), path]);
  }
  return Object.fromEntries([...files].filter(([, paths]) => paths.length > 1));
}

const INTERFACE = /^(?:export )?interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm;
/** `name(...)`, `name?(...)`, or a property that holds a function. */
const METHOD = /^ {2}(?:readonly )?\w+\??(?:[(<]|: \([^)]*\) =>)/m;
/** A function or method: its indentation, `export`, its name, its result type and its body. */
const FUNCTION =
  /^( *)(export )?(?:async )?(?:function )?#?(\w+)(?:<[^()]*>)?\((?:[^()]|\([^()]*\))*\): ([^{\n]+) \{\n([\s\S]*?)^\1\}/gm;
/** An object literal that has the type by annotation: a constant, an arrow function's result. */
const ANNOTATED = /: (?:Promise<)?(\w+)(?:<[^=]*)?>? (?:=> \(|= )\{/g;
const IMPLEMENTS = /\bimplements ([\w, <>]+) \{/g;

/**
 * Exported functions that return an object literal behind an interface with methods, where nothing
 * else implements the interface: a class does the same with less. Returns `path: function`.
 * `others` are files that may implement the interface too, such as test doubles. Interfaces of
 * collaborators (`XDeps`) do not count: each caller wires them.
 *
 * The rule relies on the layout that the formatter gives to declarations.
 */
export function findLoneFactories(tree: SourceTree, others: SourceTree): readonly string[] {
  const interfaces = new Set(
    [...tree.values()].flatMap((text) =>
      [...text.matchAll(INTERFACE)]
        .filter(([, name, body]) => METHOD.test(body!) && !name!.endsWith("Deps"))
        .map(([, name]) => name!),
    ),
  );
  const makers = [...tree, ...others].flatMap(([path, text]) => listMakers(path, text, interfaces));
  const implemented = listImplemented([...tree.values(), ...others.values()]);
  return makers
    .filter(
      ({ path, type, isExported }) =>
        isExported &&
        tree.has(path) &&
        makers.filter((other) => other.type === type).length === 1 &&
        !implemented.has(type),
    )
    .map(({ path, factory }) => `${path}: ${factory}`);
}

/** The functions and methods that return an object literal as one of `interfaces`. */
function listMakers(path: string, text: string, interfaces: ReadonlySet<string>): readonly Maker[] {
  return [...text.matchAll(FUNCTION)].flatMap(([, indent, exported, factory, result, body]) => {
    const type = /^(?:Promise<)?(\w+)/.exec(result!)?.[1] ?? "";
    const returnsLiteral = body!.split("\n").includes(`${indent}  return {`);
    const isExported = exported !== undefined;
    return interfaces.has(type) && returnsLiteral
      ? [{ path, factory: factory!, type, isExported }]
      : [];
  });
}

/** The types that a class or an annotated literal implements. */
function listImplemented(texts: readonly string[]): ReadonlySet<string> {
  return new Set(
    texts.flatMap((text) => [
      ...[...text.matchAll(ANNOTATED)].map(([, type]) => type!),
      ...[...text.matchAll(IMPLEMENTS)].flatMap(([, types]) => types!.match(/\w+/g) ?? []),
    ]),
  );
}

/** The name of a bound, or of a type for what is passed in, in words that are avoided. */
const AVOIDED =
  /\bconst ((?:MOST|LONGEST|SHORTEST|LARGEST|FEWEST|LEAST)_\w+|\w+_(?:MAX|MIN))\b|^export (?:interface|type|class) (\w*(?:Settings?|Surroundings|Hands|Tools|Reach|Outside))\b/gm;

/**
 * Bounds whose names do not start with `MAX_` or `MIN_`, and exported types whose names end in a
 * word for what is passed in other than `Deps` and `Options`, as `path: name`.
 */
export function findAvoidedNames(tree: SourceTree): readonly string[] {
  return [...tree].flatMap(([path, text]) =>
    [...text.matchAll(AVOIDED)].map(([, bound, type]) => `${path}: ${bound ?? type}`),
  );
}
