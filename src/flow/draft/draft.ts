import { findBuiltIn } from "../uses/built-ins.ts";
import { readDeploymentFile, spreadOptions, type DeploymentFileDeps } from "./deployment-file.ts";
import { expandInlineUses } from "../uses/inline-uses.ts";
import { EXECUTOR_KEYS, type ExecutorValues } from "../schema/executor.ts";
import {
  EXECUTOR_DEFAULT_KEYS,
  SECTIONS,
  TOP_KEYS,
  WITH_KEYS,
  type TopValues,
} from "../schema/flow.ts";
import { GATEWAY_KEYS, SYNONYMS, type GatewayValues } from "../schema/gateway.ts";
import { IGNORED_KEYS } from "../schema/ignored-keys.ts";
import { show } from "./issues.ts";
import { parseValues } from "../schema/key.ts";
import { readKeys, type CheckDeps, type KeyRules, type KeysRead } from "./read-keys.ts";
import { formatPath, type Path } from "../text/diagnostics.ts";
import { isJsonObject, type JsonObject } from "../../util/json-object.ts";

/** One entry of `executors` after the schema: what `with` hands on is filled in. */
export interface DraftExecutor {
  readonly path: Path;
  /** With defaults in the place of what is wrong or not given. */
  readonly values: ExecutorValues;
  /** Keys the file gives, with values that are right. */
  readonly given: ReadonlySet<string>;
  /** Keys whose values are wrong, and were reported. */
  readonly invalid: ReadonlySet<string>;
  /** Its own, or `executor<n>`. */
  readonly name: string;
}

/** A flow file after the schema and before the checks that look at several values. */
export interface Draft {
  readonly top: TopValues;
  /** `gateway` over what `with` says of it. */
  readonly gateway: GatewayValues;
  /** The sections that speak of the gateway, the stronger first. */
  readonly gatewaySections: readonly KeysRead[];
  readonly executors: readonly DraftExecutor[];
}

const IN_GATEWAY = { keys: GATEWAY_KEYS, location: '"gateway"' };
const IN_EXECUTORS = { keys: EXECUTOR_KEYS, location: 'an entry of "executors"' };

const TOP_RULES: KeyRules = {
  keys: TOP_KEYS,
  ignored: IGNORED_KEYS.flow,
  misplaced: [IN_GATEWAY, IN_EXECUTORS],
  elsewhere: SECTIONS,
};
const GATEWAY_RULES: KeyRules = {
  keys: GATEWAY_KEYS,
  ignored: IGNORED_KEYS.gateway,
  misplaced: [IN_EXECUTORS],
  elsewhere: {},
};
const EXECUTOR_RULES: KeyRules = {
  keys: EXECUTOR_KEYS,
  ignored: IGNORED_KEYS.executor,
  misplaced: [IN_GATEWAY],
  elsewhere: {},
};
const WITH_RULES: KeyRules = {
  keys: WITH_KEYS,
  ignored: Object.values(IGNORED_KEYS).flat(),
  misplaced: [IN_EXECUTORS],
  elsewhere: EXECUTOR_DEFAULT_KEYS,
};
const EXECUTOR_DEFAULT_RULES: KeyRules = { ...EXECUTOR_RULES, keys: EXECUTOR_DEFAULT_KEYS };

/**
 * Reads the sections of a file by the schema. Whatever is wrong is in the report and has its
 * default in the draft.
 */
export function readDraft(file: JsonObject, deps: CheckDeps, files: DeploymentFileDeps): Draft {
  const flowWith = file["with"];
  const handedOnMapping = isJsonObject(flowWith)
    ? keep(flowWith, (key) => Object.hasOwn(EXECUTOR_DEFAULT_KEYS, key))
    : {};
  const top = readKeys(file, { path: [], rules: TOP_RULES, deps });
  const ownWith = readKeys(flowWith, { path: ["with"], rules: WITH_RULES, deps });
  const gateway = readKeys(file["gateway"], { path: ["gateway"], rules: GATEWAY_RULES, deps });
  const executorDefaults = readKeys(handedOnMapping, {
    path: ["with"],
    rules: EXECUTOR_DEFAULT_RULES,
    deps,
  });
  const executors = readItems(file, deps, files).map(({ path, value }) =>
    readKeys(value, { path, rules: EXECUTOR_RULES, deps }),
  );
  warnOfIgnored([top, ownWith, gateway, ...executors], deps);
  return {
    top: mergeTop(top, ownWith),
    gateway: mergeGateway(gateway, ownWith),
    gatewaySections: [gateway, ownWith],
    executors: executors.map((own, index) => draftExecutor(own, executorDefaults, index)),
  };
}

function keep(mapping: JsonObject, isKept: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(mapping).filter(([key]) => isKept(key)));
}

/** What the top says itself wins over `with`; of `env` each name by itself. */
function mergeTop(top: KeysRead, flowWith: KeysRead): TopValues {
  const inherited = parseValues(
    TOP_KEYS,
    keep(flowWith.valid, (key) => Object.hasOwn(TOP_KEYS, key)),
  );
  const own = parseValues(TOP_KEYS, top.valid);
  return {
    ...own,
    name: own.name ?? inherited.name,
    workspace: own.workspace ?? inherited.workspace,
    env: { ...inherited.env, ...own.env },
  };
}

/** `gateway` wins over `with`, also where the two use different words for a key. */
function mergeGateway(gateway: KeysRead, flowWith: KeysRead): GatewayValues {
  const taken = SYNONYMS.filter((words) =>
    words.some((word) => Object.hasOwn(gateway.valid, word)),
  ).flat();
  // `env` of `with` is the flow's.
  const inherited = keep(flowWith.valid, (key) => key !== "env" && !taken.includes(key));
  return parseValues(GATEWAY_KEYS, { ...inherited, ...gateway.valid });
}

function draftExecutor(own: KeysRead, executorDefaults: KeysRead, index: number): DraftExecutor {
  const valid = {
    ...keep(executorDefaults.valid, (key) => key !== "py_modules" || isOfPython(own.valid["uses"])),
    ...own.valid,
  };
  const values = expandInlineUses(parseValues(EXECUTOR_KEYS, valid));
  return {
    path: own.path,
    values,
    given: new Set(Object.keys(valid)),
    invalid: new Set([...own.invalid, ...executorDefaults.invalid]),
    name: values.name ?? `executor${index}`,
  };
}

/** Modules that `with` hands on do not turn a built-in into a Python class of its name. */
function isOfPython(uses: unknown): boolean {
  return uses !== undefined && (typeof uses !== "string" || findBuiltIn(uses) === undefined);
}

const DEPLOYMENT_FILE = /\.(?:ya?ml|jaml)$/;

interface Item {
  readonly path: Path;
  readonly value: unknown;
}

function readItems(file: JsonObject, deps: CheckDeps, files: DeploymentFileDeps): readonly Item[] {
  const [key = "executors", second] = ["executors", "deployments"].filter(
    (word) => file[word] !== undefined,
  );
  const { report, locations } = deps;
  if (second !== undefined) {
    const message = `"${key}" and "${second}" name the same list`;
    const hint = `move the entries of "${second}" to "${key}"`;
    report.add({
      code: "unknown-key",
      span: locations.keyAt([second]),
      path: [second],
      message,
      hint,
    });
  }
  const list: unknown = file[key] ?? [];
  if (!Array.isArray(list)) {
    const message = `${key}: expected a list, got ${show(list)}`;
    const hint = 'start each entry with "- "';
    report.add({
      code: "invalid-value",
      span: locations.valueAt([key]),
      path: [key],
      message,
      hint,
    });
    return [];
  }
  return list.flatMap((value: unknown, index) =>
    readItem({ path: [key, index], value }, deps, files),
  );
}

/**
 * A mapping, or the path of a file that holds one; nothing where it is neither, which is then
 * reported.
 */
function readItem(
  item: Item,
  { report, locations }: CheckDeps,
  files: DeploymentFileDeps,
): readonly Item[] {
  const { path, value } = item;
  const at = { code: "invalid-value", span: locations.valueAt(path), path } as const;
  if (isJsonObject(value) && isJinasGateway(value)) {
    const message = `${formatPath(path)}: this entry has no effect: it names the gateway`;
    const hint = 'set the keys of the gateway in "gateway"';
    report.add({ ...at, severity: "warning", code: "no-effect", message, hint });
    return [];
  }
  if (isJsonObject(value))
    return [{ path, value: value["jtype"] === "Deployment" ? spreadOptions(value) : value }];
  if (typeof value !== "string" || !DEPLOYMENT_FILE.test(value)) {
    report.add({
      ...at,
      message: `${formatPath(path)}: expected a mapping or the path of a YAML file, got ${show(value)}`,
    });
    return [];
  }
  const read = readDeploymentFile(value, files);
  if ("entry" in read) return [{ path, value: read.entry }];
  for (const problem of read.problems)
    report.add({ ...at, message: `${formatPath(path)}: ${problem}` });
  return [];
}

/** Flows that Jina saved may list their gateway among the executors. */
function isJinasGateway(entry: JsonObject): boolean {
  return entry["name"] === "gateway" && entry["uses"] === undefined;
}

function warnOfIgnored(
  sections: readonly KeysRead[],
  { report, locations, lineOf }: CheckDeps,
): void {
  const paths = sections
    .flatMap(({ path, ignored }) => ignored.map((key): Path => [...path, key]))
    .toSorted((a, b) => locations.keyAt(a).start - locations.keyAt(b).start);
  const [first] = paths;
  if (first === undefined) return;
  const names = new Map<string, number[]>();
  for (const path of paths) {
    const key = String(path.at(-1));
    names.set(key, [...(names.get(key) ?? []), lineOf(path)]);
  }
  const list = [...names]
    .map(([key, lines]) => `${key} (${lines.length === 1 ? "line" : "lines"} ${lines.join(", ")})`)
    .join(", ");
  const message = `these keys of Jina have no effect in jflow: ${list}`;
  report.add({
    severity: "warning",
    code: "ignored-keys",
    span: locations.keyAt(first),
    path: first,
    message,
  });
}
