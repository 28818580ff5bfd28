import { findBuiltIn } from "../uses/built-ins.ts";
import type { DeploymentFileDeps } from "./deployment-file.ts";
import { readEntries } from "./entries.ts";
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
import { parseValues } from "../schema/key.ts";
import { readKeys, type CheckDeps, type KeyRules, type KeysRead } from "./read-keys.ts";
import type { Path } from "../text/diagnostics.ts";
import { asPlain } from "../text/stock-scalars.ts";
import { isJsonObject, type JsonObject } from "../../util/json-object.ts";

/** One entry of `executors` after the schema, including the defaults from `with`. */
export interface DraftExecutor {
  readonly path: Path;
  /** Invalid and absent values have their defaults. */
  readonly values: ExecutorValues;
  /** Keys that the file gives with a valid value. */
  readonly given: ReadonlySet<string>;
  /** Keys with an invalid value, which is reported. */
  readonly invalid: ReadonlySet<string>;
  /** The name from the file, or `executor<n>`. */
  readonly name: string;
}

/** A flow file after the schema, before the checks that compare several values. */
export interface Draft {
  readonly top: TopValues;
  /** `gateway` merged over `with`. */
  readonly gateway: GatewayValues;
  /** The sections with keys of the gateway: `gateway` before `with`. */
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
 * Reads the sections of a file by the schema. Reports invalid values and replaces them by their
 * defaults.
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
  const executors = readEntries(file, deps, files).map(({ path, value }) =>
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

/** Merges the top over `with`. `env` is merged by name. */
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

/** Merges `gateway` over `with`, even if they use different names of a key. */
function mergeGateway(gateway: KeysRead, flowWith: KeysRead): GatewayValues {
  const taken = SYNONYMS.filter((words) =>
    words.some((word) => Object.hasOwn(gateway.valid, word)),
  ).flat();
  // `env` in `with` belongs to the flow.
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
    values: { ...values, when: asPlain(values.when) },
    given: new Set(Object.keys(valid)),
    invalid: new Set([...own.invalid, ...executorDefaults.invalid]),
    name: values.name ?? `executor${index}`,
  };
}

/**
 * Returns whether `py_modules` of `with` apply: they do not turn a built-in into a Python class.
 */
function isOfPython(uses: unknown): boolean {
  return uses !== undefined && (typeof uses !== "string" || findBuiltIn(uses) === undefined);
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
