import { z } from "zod";
import { executorShape } from "./executor.ts";
import { gatewayShape } from "./gateway.ts";
import { IGNORED } from "./key-tables.ts";
import { anything, environment, filledText } from "./leaves.ts";
import type { Shape } from "./read-keys.ts";
import { inWords, unwrap } from "./words.ts";

/** The top of a flow file, without what `executors`, `gateway` and `with` hold. */
export interface TopValues {
  readonly jtype: "Flow";
  readonly version: string;
  readonly name?: string | undefined;
  readonly workspace?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

const version = z
  .union([z.string(), z.number()], { error: 'expected "1"' })
  .transform(String)
  .refine((value) => /^1(\.0)?$/.test(value), { error: 'expected "1", the only version there is' })
  .transform(() => "1");

const shape = {
  jtype: inWords("`Flow`", z.literal("Flow", { error: 'expected "Flow"' }))
    .default("Flow")
    .describe("Flow, for Jina"),
  version: inWords("`1`", version, { anyOf: [{ enum: ["1", 1, "1.0"] }] })
    .default("1")
    .describe("Version of the format"),
  name: filledText("a name")
    .optional()
    .describe("Name of the flow. Default: the file's, or the folder's where the file is flow.yml"),
  workspace: filledText("a folder")
    .optional()
    .describe("Where its deployments keep their data. Default: .jflow/<file>/data beside the file"),
  env: environment()
    .default({})
    .describe("Environment of all processes; ${X} and ${{ ENV.X }} in this file see it"),
};

/** The keys at the top that hold one value each. */
export const topShape: Shape = shape;

/** A top whose keys are right, with defaults. */
export const topValues: z.ZodType<TopValues> = z.object(shape);

/** The keys at the top that hold mappings and lists. */
export const SECTIONS: readonly string[] = ["with", "gateway", "executors", "deployments"];

/** Keys of the flow that `with` takes, as Jina has them there. */
export const FLOW_KEYS_IN_WITH: readonly string[] = ["name", "workspace", "env"];

/**
 * The keys of the gateway that `with` may hold. Its `py_modules` are the executors', as in Jina.
 */
const OF_GATEWAY_IN_WITH: readonly string[] = Object.keys(gatewayShape).filter(
  (key) => key !== "py_modules",
);

/**
 * Keys of an executor that `with` does not hand on: they are the flow's or the gateway's there, or
 * make no sense for several.
 */
const NOT_HANDED_ON: ReadonlySet<string> = new Set([
  "name",
  "uses",
  "uses_with",
  "needs",
  "method",
  "port",
  "host",
  "external",
  ...OF_GATEWAY_IN_WITH,
  ...Object.keys(topShape),
]);

/**
 * The keys of `with` that become defaults of every executor: those that neither the flow nor the
 * gateway knows.
 */
export const HANDED_ON: readonly string[] = Object.keys(executorShape).filter(
  (key) => !NOT_HANDED_ON.has(key),
);

/** The keys of `with` that are its own: the gateway's and the flow's. */
export const withShape: Shape = {
  ...pick(gatewayShape, OF_GATEWAY_IN_WITH),
  ...pick(topShape, FLOW_KEYS_IN_WITH),
};

/** The keys of `with` that every executor gets. */
export const handedOnShape: Shape = pick(executorShape, HANDED_ON);

function pick(from: Shape, keys: readonly string[]): Shape {
  return Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)));
}

/** The whole of a flow file as one schema: for the JSON Schema. */
export function flowSchema(): z.ZodObject {
  const executor = z
    .strictObject({ ...ignored("executor"), ...executorShape })
    .describe("A deployment: an executor, its shards and replicas");
  const file = z
    .string()
    .regex(/\.(ya?ml|jaml)$/)
    .describe("A deployment in a file of its own");
  const entry = z.union([executor, file]);
  const handedOn = Object.fromEntries(
    Object.entries(handedOnShape).map(([key, schema]) => [key, asOption(schema)]),
  );
  const everyIgnored = { ...ignored("executor"), ...ignored("gateway"), ...ignored("flow") };
  return z.strictObject({
    ...ignored("flow"),
    ...topShape,
    with: z
      .strictObject({ ...everyIgnored, ...handedOn, ...withShape })
      .optional()
      .describe(
        "Jina's place for options of the gateway; keys of an executor become the default of all",
      ),
    gateway: z
      .strictObject({ ...ignored("gateway"), ...gatewayShape })
      .optional()
      .describe("The front door; wins over with"),
    executors: z.array(entry).optional().describe("The deployments, in their order"),
    deployments: z.array(entry).optional().describe("The same as executors"),
  });
}

function ignored(level: keyof typeof IGNORED): Shape {
  const schema = anything().optional().describe("Taken for Jina's sake; it has no meaning here");
  return Object.fromEntries(IGNORED[level].map((key) => [key, schema]));
}

/** In `with` a key that is not given leaves the executors their own defaults. */
function asOption(schema: z.ZodType): z.ZodType {
  return unwrap(schema)
    .optional()
    .describe(schema.description ?? "");
}
