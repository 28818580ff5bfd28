import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
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
import { inReadingOrder, isFlowVariable, isMergeKey, resolveAliases } from "./yaml-nodes.ts";
import { MAX_FLOW_DEPTH, MAX_FLOW_VALUES } from "../../util/limits/flow-file.ts";

/** A flow file as plain values, and their locations. */
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
  /** Variables from the flow's `env`. `scope` includes them. */
  readonly environment: Map<string, string>;
  readonly anchored: ReadonlyMap<Alias, Node>;
  /** Nodes that are being read: detects an anchor inside itself. */
  readonly open: Set<Node>;
  count: number;
}

/**
 * Reads the values of a document. Follows aliases and merge keys, replaces variables and reports
 * every problem.
 */
export function readValues(
  document: Document.Parsed,
  source: {
    text: string;
    variables: Readonly<Record<string, string | undefined>>;
    context: Readonly<Record<string, string>>;
    /** Keys of mappings whose values have no type in the schema. */
    openKeys: ReadonlySet<string>;
  },
  report: Report,
): FileValues {
  const root = document.contents;
  const locations = new FileLocations(spanOf(root), source.text);
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

/** Returns the value of a node. Returns `undefined` and reports the reason if it cannot be read. */
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
  // Merging recorded the locations of the anchor. The mapping's own locations replace them.
  reading.locations.record(path, { value: spanOf(map) });
  const values: Record<string, unknown> = readTag(reading, map, path);
  for (const pair of inReadingOrder(pairs, path)) {
    if (reading.count > MAX_FLOW_VALUES) break;
    const key = isMergeKey(pair.key) ? undefined : readKey(reading, pair.key, path);
    if (key !== undefined) values[key] = readEntry(reading, pair, { key, path });
  }
  return { ...merged, ...values };
}

function readEntry(
  reading: Reading,
  pair: Pair<Node | null, Node | null>,
  at: { key: string; path: Path },
): unknown {
  const path = [...at.path, at.key];
  const key = spanOf(pair.key);
  const value = readNode(reading, pair.value, path);
  // An empty value has the location of its key.
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

function readKey(reading: Reading, key: Node | null, path: Path): string | undefined {
  const node = isAlias(key) ? reading.anchored.get(key) : key;
  if (!isScalar(node) || node.value === null)
    return refuse(reading, key, path, "a key must be text");
  const text =
    typeof node.value === "string" ? node.value : (node.source ?? JSON.stringify(node.value));
  // The key would set the prototype of the object.
  if (text === "__proto__") return refuse(reading, key, path, `the key "__proto__" is not allowed`);
  return text;
}

/** Reads `<<: *base` or a list of aliases. The mapping's own keys win, then the first alias. */
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

/** Reads `!Name` before a mapping, Jina's short form of `jtype: Name`. */
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
