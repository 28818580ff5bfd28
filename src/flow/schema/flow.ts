import { z } from "zod";
import { executorShape } from "./executor.ts";
import type { ExecutorValues } from "./executor.ts";
import { gatewayShape } from "./gateway.ts";
import type { GatewayValues } from "./gateway.ts";
import { anything, environment, filledText, inWords } from "./leaves.ts";
import { IGNORED } from "./key-tables.ts";
import { toObjectSchema } from "./shape.ts";
import type { Shape } from "./shape.ts";

/** The top of a flow file, without what `executors`, `gateway` and `with` hold. */
export interface TopValues {
  readonly jtype: "Flow";
  readonly version: string;
  readonly name: string | undefined;
  readonly workspace: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

const version = z
  .union([z.string(), z.number()], { error: 'expected "1"' })
  .transform(String)
  .refine((value) => /^1(\.0)?$/.test(value), { error: 'expected "1", the only version there is' })
  .transform(() => "1");

/** The keys at the top that hold one value each. */
export const topShape: Shape<TopValues> = {
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
  env: environment().default({}).describe("Environment of all processes; ${X} and ${{ ENV.X }} in this file see it"),
};

/** Keys of an executor that `with` does not hand on: they are the flow's or the gateway's there, or make no sense for several. */
const NOT_HANDED_ON: ReadonlySet<string> = new Set([
  "name",
  "uses",
  "uses_with",
  "needs",
  "method",
  "port",
  "host",
  "py_modules",
  "external",
]);

/** The keys of `with` that become defaults of every executor: those that neither the flow nor the gateway knows. */
export const HANDED_ON: readonly (keyof ExecutorValues)[] = (
  Object.keys(executorShape) as (keyof ExecutorValues)[]
).filter((key) => !NOT_HANDED_ON.has(key) && !Object.hasOwn(gatewayShape, key) && !Object.hasOwn(topShape, key));

/** What `with` holds: the gateway's keys, the flow's, and defaults for the executors. */
export type WithValues = GatewayValues & Pick<TopValues, "name" | "workspace" | "env">;

/** The keys of `with` that are its own: the gateway's and the flow's. */
export const withShape: Shape<WithValues> = {
  ...gatewayShape,
  name: topShape.name,
  workspace: topShape.workspace,
  env: topShape.env,
};

/** The keys at the top that hold mappings and lists. */
export const SECTIONS = ["with", "gateway", "executors", "deployments"] as const;

/** The whole of a flow file as one schema: for the JSON Schema. */
export function flowSchema(): z.ZodObject {
  const executor = toObjectSchema({ ...executorShape, ...ignored("executor") }).describe(
    "A deployment: an executor, its shards and replicas",
  );
  const handedOn = Object.fromEntries(HANDED_ON.map((key) => [key, withoutDefault(executorShape[key])]));
  return toObjectSchema({
    ...topShape,
    with: toObjectSchema({ ...handedOn, ...withShape, ...ignored("gateway"), ...ignored("flow") })
      .optional()
      .describe("Jina's place for options of the gateway; keys of an executor become the default of all"),
    gateway: toObjectSchema({ ...gatewayShape, ...ignored("gateway") })
      .optional()
      .describe("The front door; wins over with"),
    executors: z.array(executor).optional().describe("The deployments, in their order"),
    deployments: z.array(executor).optional().describe("The same as executors"),
    ...ignored("flow"),
  });
}

function ignored(level: keyof typeof IGNORED): Record<string, z.ZodType> {
  return Object.fromEntries(
    IGNORED[level].map((key) => [key, anything().optional().describe("Taken for Jina's sake; it has no meaning here")]),
  );
}

/** In `with` a key that is not given leaves the executors their own defaults. */
function withoutDefault(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault
    ? (schema.unwrap() as z.ZodType).optional().describe(schema.description ?? "")
    : schema;
}
