import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  visit,
  type Alias,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Path, Report, Span } from "./diagnostics.ts";
import { spanOf } from "./document.ts";
import { FileLocations } from "./file-locations.ts";
import { readScalar } from "./scalars.ts";
import type { VariableScope } from "./variables.ts";
import { MAX_FLOW_DEPTH, MAX_FLOW_VALUES } from "../../util/limits/flow-file.ts";

/** A flow file as plain values, and where each of them stands. */
export interface FileValues {
  readonly value: unknown;
  readonly locations: FileLocations;
}

interface Reading {
  readonly text: string;
  readonly openKeys: ReadonlySet<string>;
  readonly report: Report;
  readonly locations: FileLocations;
  readonly scope: VariableScope;
  /** Variables that `env` of the flow sets; `scope` sees them. */
  readonly environment: Map<string, string>;
  readonly anchored: ReadonlyMap<Alias, Node>;
  /** Nodes that are being read, against an anchor within itself. */
  readonly open: Set<Node>;
  count: number;
}

/**
 * The values of a document: aliases and merge keys followed, variables replaced. Every problem is
 * in the report.
 */
export function readValues(
  document: Document.Parsed,
  source: {
    text: string;
    variables: Readonly<Record<string, string | undefined>>;
    context: Readonly<Record<string, string>>;
    /** Keys of mappings that hold values without a type of their own. */
    openKeys: ReadonlySet<string>;
  },
  report: Report,
): FileValues {
  const root = document.contents;
  const locations = new FileLocations(spanOf(root));
  if (root === null) return { value: null, locations };
  const environment = new Map<string, string>();
  const reading: Reading = {
    text: source.text,
    openKeys: source.openKeys,
    report,
    locations,
    scope: {
      environment: (name) => environment.get(name) ?? own(source.variables, name),
      context: (name) => own(source.context, name),
    },
    environment,
    anchored: resolveAliases(document),
    open: new Set(),
    count: 0,
  };
  return { value: readNode(reading, root, []), locations };
}

function own(
  record: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** What each alias stands for: the last node before it that has its anchor. */
function resolveAliases(document: Document.Parsed): Map<Alias, Node> {
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

/** The value of a node. Undefined where it cannot be read: the reason is in the report. */
function readNode(reading: Reading, node: Node | null, path: Path): unknown {
  reading.locations.record(path, { value: spanOf(node) });
  if (node === null) return null;
  reading.count += 1;
  if (reading.count > MAX_FLOW_VALUES)
    return refuse(
      reading,
      node,
      path,
      `the anchors expand the file to more than ${MAX_FLOW_VALUES.toLocaleString("en")} values`,
    );
  if (path.length > MAX_FLOW_DEPTH)
    return refuse(reading, node, path, `values are nested more than ${MAX_FLOW_DEPTH} levels deep`);
  if (isAlias(node)) return readAlias(reading, node, path);
  if (isScalar(node)) return readScalar(reading, node, path);
  if (!isMap(node) && !isSeq(node))
    return refuse(reading, node, path, "a flow file cannot contain this value");
  reading.open.add(node);
  const value = isMap(node) ? readMap(reading, node, path) : readList(reading, node, path);
  reading.open.delete(node);
  return value;
}

function readAlias(reading: Reading, alias: Alias, path: Path): unknown {
  const target = reading.anchored.get(alias);
  if (!target)
    return refuse(
      reading,
      alias,
      path,
      `the anchor "${alias.source}" is not defined before this alias`,
    );
  if (reading.open.has(target))
    return refuse(reading, alias, path, `the anchor "${alias.source}" contains itself`);
  return readNode(reading, target, path);
}

function readList(reading: Reading, list: YAMLSeq, path: Path): unknown[] {
  const values: unknown[] = [];
  for (const item of list.items) {
    if (reading.count > MAX_FLOW_VALUES) break;
    if (isPair(item)) refuse(reading, list, path, "an entry of a list must be a value, not a pair");
    else values.push(readNode(reading, item as Node | null, [...path, values.length]));
  }
  return values;
}

function readMap(reading: Reading, map: YAMLMap, path: Path): Record<string, unknown> {
  const pairs = map.items as Pair<Node | null, Node | null>[];
  const merged: Record<string, unknown> = {};
  for (const pair of pairs)
    if (isMergeKey(pair.key)) Object.assign(merged, readMerge(reading, pair.value, path));
  // Reading what is merged in left its places here; the mapping's own go over them.
  reading.locations.record(path, { value: spanOf(map) });
  const values: Record<string, unknown> = readTag(reading, map, path);
  for (const pair of inReadingOrder(pairs, path)) {
    if (reading.count > MAX_FLOW_VALUES) break;
    const key = isMergeKey(pair.key) ? undefined : readKey(reading, pair.key, path);
    if (key !== undefined) values[key] = readEntry(reading, pair, { key, path });
  }
  return { ...merged, ...values };
}

function isMergeKey(key: Node | null): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}

function readEntry(
  reading: Reading,
  pair: Pair<Node | null, Node | null>,
  at: { key: string; path: Path },
): unknown {
  const path = [...at.path, at.key];
  const key = spanOf(pair.key);
  const value = readNode(reading, pair.value, path);
  // An empty value stands where its key does.
  reading.locations.record(path, {
    key,
    value: pair.value === null || isEmptySpan(spanOf(pair.value)) ? key : spanOf(pair.value),
  });
  if (typeof value === "string" && isFlowVariable(path) && !reading.environment.has(at.key))
    reading.environment.set(at.key, value);
  return value;
}

function isEmptySpan(span: Span): boolean {
  return span.start === span.end;
}

function isFlowVariable(path: Path): boolean {
  return (
    (path.length === 2 && path[0] === "env") ||
    (path.length === 3 && path[0] === "with" && path[1] === "env")
  );
}

/** The flow's `env` comes first wherever it stands, since the rest of the file may refer to it. */
function inReadingOrder<P extends Pair<Node | null, Node | null>>(
  pairs: readonly P[],
  path: Path,
): readonly P[] {
  const isTop = path.length === 0 || (path.length === 1 && path[0] === "with");
  if (!isTop) return pairs;
  const rank = ({ key }: P): number =>
    ["env", "with"].indexOf(isScalar(key) ? String(key.value) : "") + 1 || 3;
  return pairs.toSorted((a, b) => rank(a) - rank(b));
}

function readKey(reading: Reading, key: Node | null, path: Path): string | undefined {
  const node = isAlias(key) ? reading.anchored.get(key) : key;
  if (!isScalar(node) || node.value === null)
    return refuse(reading, key, path, "a key must be text");
  const text =
    typeof node.value === "string" ? node.value : (node.source ?? JSON.stringify(node.value));
  // It would become the prototype of the object that holds it.
  if (text === "__proto__") return refuse(reading, key, path, `the key "__proto__" is not allowed`);
  return text;
}

/**
 * `<<: *base` or a list of such: keys for those that the mapping does not have itself; of several
 * the first wins.
 */
function readMerge(reading: Reading, node: Node | null, path: Path): Record<string, unknown> {
  const sources = isSeq(node) ? (node.items as (Node | null)[]) : [node];
  const merged: Record<string, unknown> = {};
  for (const source of sources.toReversed()) {
    const target = isAlias(source) ? reading.anchored.get(source) : source;
    if (!isMap(target) || reading.open.has(target))
      refuse(
        reading,
        source,
        path,
        '"<<" expects an alias of a mapping, or a list of such aliases',
      );
    else Object.assign(merged, readNode(reading, target, path));
  }
  return merged;
}

/** `!Name` before a mapping is Jina's short form of `jtype: Name`. */
function readTag(reading: Reading, map: YAMLMap, path: Path): Record<string, unknown> {
  if (map.tag === undefined || !map.tag.startsWith("!")) return {};
  const key = [...path, "jtype"];
  const { start } = spanOf(map);
  const at = Math.max(0, reading.text.lastIndexOf(map.tag, start));
  const span = { start: at, end: at + map.tag.length };
  reading.locations.record(key, { key: span, value: span });
  return { jtype: map.tag.slice(1) };
}

function refuse(reading: Reading, node: Node | null, path: Path, message: string): undefined {
  reading.report.add({ code: "document", span: spanOf(node), path, message });
  return undefined;
}
