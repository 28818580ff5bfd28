import { formatPath } from "./text/diagnostics.ts";
import type { Path } from "./text/diagnostics.ts";
import { executorShape } from "./schema/executor.ts";
import type { ExecutorValues } from "./schema/executor.ts";
import { HANDED_ON, SECTIONS, topShape, withShape } from "./schema/flow.ts";
import type { TopValues, WithValues } from "./schema/flow.ts";
import { gatewayShape } from "./schema/gateway.ts";
import type { GatewayValues } from "./schema/gateway.ts";
import { show } from "./schema/issues.ts";
import { IGNORED, NOT_YET, RENAMED } from "./schema/key-tables.ts";
import { readKeys } from "./schema/read-keys.ts";
import type { Checking, KeyRules, KeysRead } from "./schema/read-keys.ts";
import type { Shape } from "./schema/shape.ts";

/** One entry of `executors` after the schema: what `with` hands on is filled in. */
export interface DraftExecutor {
  readonly path: Path;
  readonly values: ExecutorValues;
  readonly given: ReadonlySet<string>;
  readonly wrong: ReadonlySet<string>;
  /** Its own, or `executor<n>`. */
  readonly name: string;
}

/** A flow file after the schema and before the checks that look at several values. */
export interface Draft {
  readonly top: KeysRead<TopValues>;
  readonly with: KeysRead<WithValues>;
  readonly gateway: KeysRead<GatewayValues>;
  readonly executors: readonly DraftExecutor[];
}

const ALL_IGNORED = [...new Set(Object.values(IGNORED).flat())];

const TOP_RULES: KeyRules = { ignored: IGNORED.flow, notYet: NOT_YET.flow, renamed: RENAMED.flow, elsewhere: SECTIONS };
const GATEWAY_RULES: KeyRules = {
  ignored: IGNORED.gateway,
  notYet: NOT_YET.gateway,
  renamed: RENAMED.gateway,
  elsewhere: [],
};
const EXECUTOR_RULES: KeyRules = {
  ignored: IGNORED.executor,
  notYet: NOT_YET.executor,
  renamed: RENAMED.executor,
  elsewhere: [],
};
const WITH_RULES: KeyRules = { ...GATEWAY_RULES, ignored: ALL_IGNORED, elsewhere: HANDED_ON };
const HANDED_ON_RULES: KeyRules = { ...EXECUTOR_RULES, ignored: [], elsewhere: [] };

/** The keys of `with` that every executor gets, as a shape. */
const handedOnShape = Object.fromEntries(HANDED_ON.map((key) => [key, executorShape[key]])) as Shape<
  Partial<ExecutorValues>
>;

/** Reads the sections of a file by the schema. Whatever is wrong is in the report and has its default in the draft. */
export function readDraft(file: Readonly<Record<string, unknown>>, checking: Checking): Draft {
  const top = readKeys(topShape, file, { path: [], rules: TOP_RULES, checking });
  const flowWith = readKeys(withShape, file["with"], { path: ["with"], rules: WITH_RULES, checking });
  const gateway = readKeys(gatewayShape, file["gateway"], { path: ["gateway"], rules: GATEWAY_RULES, checking });
  const handedOn = readKeys(handedOnShape, pickHandedOn(file["with"]), {
    path: ["with"],
    rules: HANDED_ON_RULES,
    checking,
  });
  const items = readItems(file, checking);
  const executors = items.map((item, index) => ({
    ...item,
    read: readKeys(executorShape, item.value, { path: item.path, rules: EXECUTOR_RULES, checking }),
    index,
  }));
  warnOfIgnored([top, flowWith, gateway, ...executors.map(({ read }) => read)], checking);
  return {
    top,
    with: flowWith,
    gateway,
    executors: executors.map(({ read, index }) => draftExecutor(read, handedOn, index)),
  };
}

function pickHandedOn(flowWith: unknown): unknown {
  if (typeof flowWith !== "object" || flowWith === null || Array.isArray(flowWith)) return {};
  return Object.fromEntries(Object.entries(flowWith).filter(([key]) => (HANDED_ON as readonly string[]).includes(key)));
}

function draftExecutor(
  own: KeysRead<ExecutorValues>,
  handedOn: KeysRead<Partial<ExecutorValues>>,
  index: number,
): DraftExecutor {
  const inherited = Object.fromEntries(
    Object.entries(handedOn.values).filter(([key]) => handedOn.given.has(key) && !own.given.has(key)),
  );
  const values = { ...own.values, ...inherited } as ExecutorValues;
  return {
    path: own.path,
    values,
    given: new Set([...own.given, ...Object.keys(inherited)]),
    wrong: new Set([...own.wrong, ...handedOn.wrong]),
    name: values.name ?? `executor${index}`,
  };
}

interface Item {
  readonly path: Path;
  readonly value: unknown;
}

function readItems(file: Readonly<Record<string, unknown>>, checking: Checking): readonly Item[] {
  const keys = (["executors", "deployments"] as const).filter((key) => file[key] !== undefined);
  const [key = "executors", second] = keys;
  if (second !== undefined) {
    checking.report.add({
      code: "unknown-key",
      span: checking.places.keyAt([second]),
      path: [second],
      message: `"${key}" and "${second}" are two words for one list`,
      hint: `move its entries to "${key}"`,
    });
  }
  const list = file[key] ?? [];
  if (!Array.isArray(list)) {
    checking.report.add({
      code: "invalid-value",
      span: checking.places.valueAt([key]),
      path: [key],
      message: `${key}: expected a list, got ${show(list)}`,
      hint: "begin each entry with '- '",
    });
    return [];
  }
  return (list as unknown[])
    .map((value, index) => ({ path: [key, index], value }))
    .filter((item) => isMappingItem(item, checking));
}

function isMappingItem({ path, value }: Item, { report, places }: Checking): boolean {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return true;
  const isFile = typeof value === "string" && /\.(?:ya?ml|jaml)$/.test(value);
  const message = isFile
    ? `${formatPath(path)}: a deployment in a file of its own is not yet supported`
    : `${formatPath(path)}: expected a mapping, got ${show(value)}`;
  report.add({ code: isFile ? "not-yet" : "invalid-value", span: places.valueAt(path), path, message });
  return false;
}

function warnOfIgnored(sections: readonly KeysRead<object>[], { report, places, lineOf }: Checking): void {
  const paths = sections.flatMap(({ path, ignored }) => ignored.map((key): Path => [...path, key]));
  const [first] = paths;
  if (first === undefined) return;
  const names = new Map<string, number[]>();
  for (const path of paths) {
    const key = String(path.at(-1));
    names.set(key, [...(names.get(key) ?? []), lineOf(path)]);
  }
  const list = [...names].map(([key, lines]) => `${key} (line ${lines.join(", ")})`).join(", ");
  report.add({
    severity: "warning",
    code: "ignored-keys",
    span: places.keyAt(first),
    path: first,
    message: `keys of Jina without a meaning here were left aside: ${list}`,
  });
}
