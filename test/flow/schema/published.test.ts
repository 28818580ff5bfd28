import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { flowJsonSchema, keysTable } from "../../../src/flow/flow.ts";
import { KEYS } from "../../../src/flow/schema/flow.ts";
import { IGNORED_KEYS } from "../../../src/flow/schema/ignored-keys.ts";

interface JsonSchema {
  readonly $schema?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: object;
  readonly additionalProperties?: unknown;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly pattern?: string;
}

const FLOWS = new URL("../../../flows/", import.meta.url);

/** The example flows, without the dot folders that a run leaves. */
function listFlows(): readonly string[] {
  return readdirSync(FLOWS, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => relative(fileURLToPath(FLOWS), join(entry.parentPath, entry.name)))
    .filter((file) => !file.split("/").some((part) => part.startsWith(".")));
}

const schema = flowJsonSchema() as JsonSchema;
const properties = schema.properties ?? {};
/** An entry is a mapping, or the path of a file. */
const [executorItem, executorFile] = properties["executors"]?.items?.anyOf ?? [];
const LEVELS = [
  { level: "flow", keys: KEYS.flow, published: schema },
  { level: "gateway", keys: KEYS.gateway, published: properties["gateway"] },
  { level: "executor", keys: KEYS.executor, published: executorItem },
] as const;

describe("the published JSON Schema", () => {
  test("is draft-07 and plain JSON", () => {
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
  });

  test.each(LEVELS)(
    "of the $level has every key with a description, including ignored keys, and allows x- keys",
    ({ level, keys, published }) => {
      const names = Object.keys(published?.properties ?? {});
      expect(names).toEqual(expect.arrayContaining([...Object.keys(keys), ...IGNORED_KEYS[level]]));
      for (const key of names)
        expect(published?.properties?.[key]?.description, `${level} key ${key}`).toMatch(/\w/);
      expect(published).toMatchObject({
        additionalProperties: false,
        patternProperties: { "^x-": {} },
      });
    },
  );

  test("accepts a file as an entry", () => {
    expect(executorFile?.pattern).toBe(String.raw`\.(ya?ml|jaml)$`);
  });

  test("states defaults as a file does", () => {
    expect(executorItem?.properties).toMatchObject({
      replicas: { default: 1 },
      timeout_ready: { default: "10m" },
      external: { default: false },
    });
    expect(properties["gateway"]?.properties).toMatchObject({
      max_message_size: { default: "128Mi" },
    });
  });

  test("lists keys of executors in with, without defaults", () => {
    const flowWith = properties["with"]?.properties;
    expect(flowWith?.["replicas"]).toEqual({
      description: "Number of copies of each shard, one process per copy",
      anyOf: expect.anything() as unknown,
    });
    expect(flowWith).not.toHaveProperty("needs");
    expect(Object.keys(flowWith ?? {})).toEqual(expect.arrayContaining(Object.keys(KEYS.gateway)));
  });

  test("accepts variables, yes and no, upper case words and every form of polling", () => {
    const executor = executorItem?.properties;
    expect(executor?.["replicas"]?.anyOf).toEqual([
      { type: "integer", minimum: 1, maximum: 1024 },
      { type: "string", pattern: "^-?[0-9]+$|\\$\\{" },
    ]);
    expect(JSON.stringify(executor?.["external"])).toContain("[Yy]es");
    expect(JSON.stringify(properties["gateway"]?.properties?.["protocol"])).toContain(
      '["grpc","GRPC","http","HTTP","websocket","WEBSOCKET"]',
    );
    expect(executor?.["polling"]?.anyOf).toHaveLength(4);
  });

  test("has patterns that accept the values that the reader accepts", () => {
    const pattern = (published: JsonSchema | undefined): RegExp => {
      const [form] = (published?.anyOf ?? []).filter(
        (entry) => (entry as { type?: string }).type === "string",
      );
      return new RegExp((form as { pattern: string }).pattern);
    };
    const time = pattern(properties["gateway"]?.properties?.["timeout_send"]);
    const size = pattern(properties["gateway"]?.properties?.["max_message_size"]);
    for (const text of ["500ms", "1.5s", "2 m", "1h", "30", "-1", "${X}", "${X:-5s}"])
      expect(text).toMatch(time);
    for (const text of ["5 parsecs", "-2", "s", "5sm"]) expect(text).not.toMatch(time);
    for (const text of ["64Mi", "10MB", "1024", "${{ ENV.X }}"]) expect(text).toMatch(size);
  });

  test("has every key that the example flows use", () => {
    for (const file of listFlows()) {
      const flow = parse(readFileSync(new URL(file, FLOWS), "utf8"), {
        logLevel: "silent",
      }) as Record<string, unknown>;
      expect(Object.keys(properties), `keys of flows/${file}`).toEqual(
        expect.arrayContaining(Object.keys(flow)),
      );
      const used = ((flow["executors"] ?? []) as object[]).flatMap((entry) => Object.keys(entry));
      const known = Object.keys(executorItem?.properties ?? {});
      expect(known, `keys of executors of flows/${file}`).toEqual(expect.arrayContaining(used));
    }
  });
});

describe("the table of keys", () => {
  test.each(LEVELS)(
    "has a row for every key of the $level, and marks reserved keys",
    ({ keys }) => {
      for (const [key, { notYet }] of Object.entries(keys)) {
        const rows = keysTable()
          .split("\n")
          .filter((row) => row.startsWith(`| \`${key}\` |`));
        const isMarked = rows.some((row) => row.includes("(not yet)"));
        expect(
          [rows.length > 0, isMarked || notYet === undefined],
          `row and mark of ${key}`,
        ).toEqual([true, true]);
      }
    },
  );

  test("has four cells in every row, with the values and the meaning of the key", () => {
    const rows = keysTable()
      .split("\n")
      .filter((row) => row.startsWith("| `"));
    for (const row of rows) {
      const [, key, takes, , meaning, ...rest] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      expect(
        [takes, meaning].map((cell) => cell !== ""),
        `row of ${key}`,
      ).toEqual([true, true]);
      expect(rest, `cells of ${key}`).toEqual([""]);
    }
  });

  test("shows a default as a file states it", () => {
    expect(keysTable()).toContain(
      "| `timeout_ready` | `500ms`, `5s`, `2m`, `1h`, or milliseconds; -1: no limit | `10m` | Time limit of a start |",
    );
  });
});
