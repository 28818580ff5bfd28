import { KEYS } from "../../../src/flow/schema/flow.ts";
import type { Level } from "../../../src/flow/schema/ignored-keys.ts";
import type { Case } from "../case.ts";
import type { Side } from "../side.ts";

type Keys = Readonly<Record<Level, readonly string[]>>;

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** The keys of each place that jflow reads, accepts with a notice, or reports by name. */
async function listKnown(side: Side): Promise<Readonly<Record<Level, ReadonlySet<string>>>> {
  const { properties = {} } = JSON.parse(await side.rig!.ok(["schema"])) as Schema;
  const keysOf = (schema: Schema | undefined): readonly string[] =>
    Object.keys(schema?.properties ?? {});
  const renamed = (level: Level): readonly string[] =>
    Object.values(KEYS[level]).flatMap(({ wrongNames = [] }) => wrongNames);
  const { with: options, gateway, executors } = properties;
  return {
    flow: new Set([...Object.keys(properties), ...keysOf(options), ...renamed("flow")]),
    gateway: new Set([...keysOf(gateway), ...renamed("gateway")]),
    executor: new Set([...(executors?.items?.anyOf ?? []).flatMap(keysOf), ...renamed("executor")]),
  };
}

/** jflow knows every key of Jina's flow files: it would report an unknown key as a typing error. */
export const KEY_CASE: Case = {
  name: "every key of Jina's flows, gateways and executors is known",
  ask: async (side) => {
    const keys = (await side.ask({ op: "keys" })) as Keys;
    if (side.kind === "jina") return keys;
    const known = await listKnown(side);
    const levels = Object.keys(keys) as Level[];
    return Object.fromEntries(
      levels.map((level) => [level, keys[level].filter((key) => known[level].has(key))]),
    );
  },
  expect: ({ flow, gateway, executor }: Keys) =>
    flow.length > 0 && gateway.length > 0 && executor.length > 0,
};
