import { Scalar } from "yaml";
import type { Described } from "../model/supervisor.ts";
import { effectivePolling } from "./polling.ts";
import { isJsonObject } from "../util/json-object.ts";
import { EXECUTOR_KEYS } from "./schema/executor.ts";
import { TOP_KEYS } from "./schema/flow.ts";
import { GATEWAY_KEYS } from "./schema/gateway.ts";
import { writeValue, type Key, type Keys } from "./schema/key.ts";
import { statedDefault } from "./schema/values/annotations.ts";
import type { Deployment, Flow, FlowGateway } from "./resolve/types.ts";
import { renderTracing } from "./resolve/tracing.ts";
import { readPlainAsStock, StockScalar } from "./text/stock-scalars.ts";
import type { Uses } from "./uses/uses.ts";

/** The declarations of the executors of a flow, by deployment name. */
export type DescribedFlow = Readonly<
  Record<string, Pick<Described, "endpoints" | "writes" | "polling">>
>;

/** The text in place of a value of `env` that is not shown. */
const HIDDEN = "***";

/** Hides the values of `env` in a rendered flow: they may be secrets. */
export function hideEnvironment(rendered: object): object {
  return Object.fromEntries(
    Object.entries(rendered).map(([key, value]: [string, unknown]) => [key, hideIn(key, value)]),
  );
}

function hideIn(key: string, value: unknown): unknown {
  if (key === "env" && isJsonObject(value)) return mapEntries(value, () => HIDDEN);
  if (key === "gateway" && isJsonObject(value)) return hideEnvironment(value);
  return key === "executors" && Array.isArray(value) ? value.map(hideEnvironment) : value;
}

/**
 * Returns the flow as a flow file that leaves nothing out: defaults filled, paths absolute,
 * variables replaced. Where `described` has the endpoints of an executor, polling is listed per
 * endpoint. Reading the result again gives the same flow.
 */
export function renderFlow(flow: Flow, described: DescribedFlow = {}): object {
  const rendered = {
    ...renderKeys(TOP_KEYS, flow, { jtype: "Flow" }),
    gateway: renderGateway(flow.gateway),
    executors: flow.deployments.map((deployment) =>
      renderDeployment(deployment, described[deployment.name]),
    ),
  };
  return mapEntries(rendered, escape);
}

/**
 * Renders the keys of one mapping in their order. A value in `derived` wins over the property of
 * the flow.
 */
function renderKeys(
  keys: Keys,
  properties: object,
  derived: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(keys).map(([name, key]): [string, unknown] => [
    name,
    derived[name] ?? writeValue(name, key, properties),
  ]);
  return Object.fromEntries(
    entries.filter(([name, value]) => value !== undefined && !isLeftOut(keys[name]!, value)),
  );
}

/** Returns whether a quiet key states its default. */
function isLeftOut({ isQuiet, schema }: Key, value: unknown): boolean {
  return isQuiet === true && JSON.stringify(value) === JSON.stringify(statedDefault(schema));
}

function renderGateway(gateway: FlowGateway): object {
  return renderKeys(GATEWAY_KEYS, gateway, {
    protocol: gateway.listeners.map(({ protocol }) => protocol),
    port: gateway.listeners.map(({ port }) => port),
    ssl_certfile: gateway.tls?.certFile,
    ssl_keyfile: gateway.tls?.keyFile,
    ...renderTracing(gateway.tracing),
  });
}

function renderDeployment(
  deployment: Deployment,
  described: DescribedFlow[string] | undefined,
): object {
  const { name, uses, usesBefore, usesAfter, needs } = deployment;
  const keys = Object.entries<Key>(EXECUTOR_KEYS).filter(
    ([, { scope }]) => scope !== "external" || deployment.external,
  );
  return renderKeys(Object.fromEntries(keys), deployment, {
    name,
    uses: renderUses(uses, deployment.pyModules),
    uses_before: usesBefore && renderUses(usesBefore),
    uses_after: usesAfter && renderUses(usesAfter),
    needs,
    // A full table without the list of write endpoints would state what the flow does not.
    ...(described && { polling: effectivePolling(deployment, described) }),
    ...renderPythonKeys(deployment),
  });
}

function renderPythonKeys({ uses, usesWith }: Deployment): Readonly<Record<string, unknown>> {
  if (uses.kind !== "python") return {};
  return {
    uses_with: writeOptions(usesWith),
    uses_metas: writeOptions(uses.metas),
    uses_dynamic_batching: writeOptions(uses.dynamicBatching),
    allow_concurrent: uses.allowConcurrent,
    output_array_type: uses.outputArrayType,
  };
}

/**
 * Writes options of Python so that they are read as the same values: exact numbers, quoted texts.
 */
function writeOptions(value: unknown): unknown {
  if (value instanceof StockScalar) return writeStockScalar(value);
  if (Array.isArray(value)) return value.map(writeOptions);
  if (typeof value === "object" && value !== null) return mapEntries(value, writeOptions);
  if (typeof value !== "string" || readPlainAsStock(value) === JSON.stringify(value)) return value;
  const quoted = new Scalar(escape(value));
  quoted.type = Scalar.QUOTE_DOUBLE;
  return quoted;
}

/** Returns a node that YAML writes as the exact number. */
function writeStockScalar({ plain, json }: StockScalar): Scalar {
  if (/^-?\d+$/.test(json)) return new Scalar(BigInt(json));
  const scalar = new Scalar(plain);
  scalar.minFractionDigits = 1;
  return scalar;
}

function renderUses(uses: Uses, pyModules: readonly string[] = []): string {
  if (uses.kind === "python") return namePython(uses, pyModules);
  const target = uses.kind === "file" ? uses.path : uses.name;
  return uses.kind !== "builtin" && uses.exportName !== undefined
    ? `${target}#${uses.exportName}`
    : target;
}

/** A class of `py_modules` has its own name. A class of another file has the file and the name. */
function namePython(
  { uses, modules }: Extract<Uses, { kind: "python" }>,
  pyModules: readonly string[],
): string {
  const [file] = modules;
  if (file === undefined || pyModules.includes(file)) return uses ?? file ?? "";
  return uses === undefined ? file : `${file}#${uses}`;
}

/** Doubles every dollar sign, because a single one starts a variable. */
function escape(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(escape);
  if (typeof value !== "object" || value === null || value instanceof Scalar) return value;
  return mapEntries(value, escape);
}

function mapEntries(value: object, map: (entry: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, map(entry)]));
}
