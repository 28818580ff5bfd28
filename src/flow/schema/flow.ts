import { z } from "zod";
import { EXECUTOR_KEYS } from "./executor.ts";
import { GATEWAY_KEYS } from "./gateway.ts";
import { IGNORED_KEYS, type Level } from "./ignored-keys.ts";
import { key, namesOf, shapeOf, type Keys, type Named, type Values } from "./key.ts";
import { anything, environment, nonEmptyText, isOpenMap } from "./values/value-kinds.ts";
import { watchValue, writeWatch } from "./values/watch-value.ts";
import { withLabel, unwrap } from "./values/annotations.ts";

const version = z
  .union([z.string(), z.number()], { error: 'expected "1"' })
  .transform(String)
  .refine((value) => /^1(\.0)?$/.test(value), { error: 'expected "1", the only version' })
  .transform(() => "1");

/** The keys at the top of a flow file that hold one value each. */
export const TOP_KEYS = {
  jtype: key(
    withLabel("`Flow`", z.literal("Flow", { error: 'expected "Flow"' })).default("Flow"),
    "Always Flow, as in Jina",
    { property: null, inWith: false },
  ),
  version: key(
    withLabel("`1`", version, { anyOf: [{ enum: ["1", 1, "1.0"] }] }).default("1"),
    "Version of the file format",
    { inWith: false },
  ),
  name: key(
    nonEmptyText("a name").optional(),
    "Name of the flow. Default: the name of the file, or of its folder if the file is flow.yml",
  ),
  workspace: key(
    nonEmptyText("a folder").optional(),
    "Folder for the data of all deployments. Default: .jflow/<file>/data next to the file",
  ),
  env: key(
    environment().default({}),
    "Environment variables of all processes; ${X} and ${{ ENV.X }} in this file refer to them",
  ),
  watch: key(
    watchValue().prefault(false),
    "Takes saved files into the running flow: this file, executors and what they import. ignore has patterns of files, debounce a time without a save. jflow up --watch and --no-watch decide otherwise",
    { write: writeWatch, isQuiet: true, inWith: false, wrongNames: ["develop"] },
  ),
};

/** The top of a flow file without `executors`, `gateway` and `with`. */
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

/** The keys in `with` that belong to the gateway or the flow. */
export const WITH_KEYS: Keys = { ...keepInWith(GATEWAY_KEYS), ...keepInWith(TOP_KEYS) };

/**
 * The keys in `with` that become the default of every executor: those that neither the flow nor the
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

/** The keys of mappings that hold options of the user. The schema gives their values no type. */
export const OPEN_KEYS: ReadonlySet<string> = new Set(
  Object.values(KEYS).flatMap((keys) => namesOf(keys, ({ schema }) => isOpenMap(unwrap(schema)))),
);

/** Returns the whole flow file as one schema: for the JSON Schema. */
export function flowSchema(): z.ZodObject {
  const executor = z
    .strictObject({ ...ignored("executor"), ...shapeOf(EXECUTOR_KEYS) })
    .describe("A deployment: an executor with its shards and replicas");
  const file = z
    .string()
    .regex(/\.(ya?ml|jaml)$/)
    .describe("Path of a file that contains the deployment");
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
        "Jina's section for options of the gateway; keys of executors become the default of all executors",
      ),
    gateway: z
      .strictObject({ ...ignored("gateway"), ...shapeOf(GATEWAY_KEYS) })
      .optional()
      .describe("The gateway that clients talk to; wins over with"),
    executors: z.array(entry).optional().describe("The deployments, in order"),
    deployments: z.array(entry).optional().describe("Another name of executors"),
  });
}

function ignored(level: Level): Readonly<Record<string, z.ZodType>> {
  const schema = anything()
    .optional()
    .describe("Accepted for compatibility with Jina; has no effect");
  return Object.fromEntries(IGNORED_KEYS[level].map((name) => [name, schema]));
}

/** A key in `with` has no default of its own, so that the executors keep theirs. */
function asOption(schema: z.ZodType): z.ZodType {
  return unwrap(schema)
    .optional()
    .describe(schema.description ?? "");
}
