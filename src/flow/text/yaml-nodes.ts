import { isScalar, visit, type Alias, type Document, type Node, type Pair } from "yaml";
import type { Path } from "./diagnostics.ts";

/** Maps each alias to the last node before it that has its anchor. */
export function resolveAliases(document: Document.Parsed): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const resolved = new Map<Alias, Node>();
  visit(document, {
    Alias: (_, alias) => {
      const node = anchors.get(alias.source);
      if (node) resolved.set(alias, node);
    },
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return resolved;
}

/** Returns whether a key is `<<`, not in quotes. */
export function isMergeKey(key: Node | null): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

/** Returns whether the path is a variable in the `env` of the flow. */
export function isFlowVariable(path: Path): boolean {
  return (
    (path.length === 2 && path[0] === "env") ||
    (path.length === 3 && path[0] === "with" && path[1] === "env")
  );
}

/** Puts the flow's `env` first, because the rest of the file may refer to it. */
export function inReadingOrder<P extends Pair<Node | null, Node | null>>(
  pairs: readonly P[],
  path: Path,
): readonly P[] {
  const isTop = path.length === 0 || (path.length === 1 && path[0] === "with");
  if (!isTop) return pairs;
  const rank = ({ key }: P): number =>
    ["env", "with"].indexOf(isScalar(key) ? String(key.value) : "") + 1 || 3;
  return pairs.toSorted((a, b) => rank(a) - rank(b));
}
