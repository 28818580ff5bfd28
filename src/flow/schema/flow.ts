import { z } from "zod";
import { EXECUTOR_KEYS } from "./executor.ts";
import { GATEWAY_KEYS } from "./gateway.ts";
import { IGNORED_KEYS, type Level } from "./ignored-keys.ts";
import { key, namesOf, shapeOf, type Keys, type Named, type Values } from "./key.ts";
import { anything, environment, nonEmptyText, isOpenMap } from "./value-kinds.ts";
import { withLabel, unwrap } from "./annotations.ts";

const version = z
  .union([z.string(), z.number()], { error: 'expected "1"' })
  .transform(String)
  .refine((value) => /^1(\.0)?$/.test(value), { error: 'expected "1", the only version' })
  .transform(() => "1");

/** The keys at the top of a flow file that hold one value each. */
export const TOP_KEYS = {
  jtype: key(
    withLabel("`Flow`", z.literal("Flow", { error: 'expected "Flow"' })).default("Flow"),
    "Flow, for Jina",
    { property: null, inWith: false },
  ),
  version: key(
    withLabel("`1`", version, { anyOf: [{ enum: ["1", 1, "1.0"] }] }).default("1"),
    "Version of the format",
    { inWith: false },
  ),
  name: key(
    nonEmptyText("a name").optional(),
    "Name of the flow. Default: the file's, or the folder's where the file is flow.yml",
  ),
  workspace: key(
    nonEmptyText("a folder").optional(),
    "Where its deployments keep their data. Default: .jflow/<file>/data beside the file",
  ),
  env: key(
    environment().default({}),
    "Environment of all processes; ${X} and ${{ ENV.X }} in this file see it",
  ),
};

/** The top of a flow file, without what `executors`, `gateway` and `with` hold. */
export type TopValues = Values<typeof TOP_KEYS>;

/** The keys at the top that hold mappings and lists. */
export const SECTIONS: Named = {
  with: {},
  gateway: {},
  executors: { wrongNames: ["pods", "services"] },
  deployments: {},
};

/** The keys of each level. */
export const KEYS: Readonly<Record<Level, Keys>> = {
  flow: TOP_KEYS,
  gateway: GATEWAY_KEYS,
  executor: EXECUTOR_KEYS,
};

/** The keys of `with` that are its own: the gateway's and the flow's. */
export const WITH_KEYS: Keys = { ...keepInWith(GATEWAY_KEYS), ...keepInWith(TOP_KEYS) };

/**
 * The keys of `with` that become defaults of every executor: those that neither the flow nor the
 * gateway has.
 */
export const EXECUTOR_DEFAULT_KEYS: Keys = Object.fromEntries(
  Object.entries(keepInWith(EXECUTOR_KEYS)).filter(
    ([name]) => !Object.hasOwn(TOP_KEYS, name) && !Object.hasOwn(WITH_KEYS, name),
  ),
);

function keepInWith(keys: Keys): Keys {
  return Object.fromEntries(Object.entries(keys).filter(([, { inWith }]) => inWith !== false));
}

/** The keys that hold options of the user's: nothing here gives their values a type. */
export const OPEN_KEYS: ReadonlySet<string> = new Set(
  Object.values(KEYS).flatMap((keys) => namesOf(keys, ({ schema }) => isOpenMap(unwrap(schema)))),
);

/** The whole of a flow file as one schema: for the JSON Schema. */
export function flowSchema(): z.ZodObject {
  const executor = z
    .strictObject({ ...ignored("executor"), ...shapeOf(EXECUTOR_KEYS) })
    .describe("A deployment: an executor, its shards and replicas");
  const file = z
    .string()
    .regex(/\.(ya?ml|jaml)$/)
    .describe("A deployment in a file of its own");
  const entry = z.union([executor, file]);
  const executorDefaults = Object.fromEntries(
    Object.entries(EXECUTOR_DEFAULT_KEYS).map(([name, { schema }]) => [name, asOption(schema)]),
  );
  const everyIgnored = { ...ignored("executor"), ...ignored("gateway"), ...ignored("flow") };
  return z.strictObject({
    ...ignored("flow"),
    ...shapeOf(TOP_KEYS),
    with: z
      .strictObject({ ...everyIgnored, ...executorDefaults, ...shapeOf(WITH_KEYS) })
      .optional()
      .describe(
        "Jina's place for options of the gateway; keys of an executor become the default of all",
      ),
    gateway: z
      .strictObject({ ...ignored("gateway"), ...shapeOf(GATEWAY_KEYS) })
      .optional()
      .describe("The front door; wins over with"),
    executors: z.array(entry).optional().describe("The deployments, in their order"),
    deployments: z.array(entry).optional().describe("The same as executors"),
  });
}

function ignored(level: Level): Readonly<Record<string, z.ZodType>> {
  const schema = anything().optional().describe("Taken for Jina's sake; it has no meaning here");
  return Object.fromEntries(IGNORED_KEYS[level].map((name) => [name, schema]));
}

/** In `with` a key that is not given leaves the executors their own defaults. */
function asOption(schema: z.ZodType): z.ZodType {
  return unwrap(schema)
    .optional()
    .describe(schema.description ?? "");
}
