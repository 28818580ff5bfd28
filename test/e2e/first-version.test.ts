import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { LiveFlow } from "../rig/live-flow.ts";

/** A workspace of the first version of jflow, written by `test/fixtures/make-workspace-v1.mjs`. */
const FIXTURE = join(import.meta.dirname, "../fixtures/workspace-v1");

type Json = Readonly<Record<string, unknown>>;

/** The last posted documents by id; null for a deleted one. */
const expected = Object.entries(
  JSON.parse(readFileSync(join(FIXTURE, "expected.json"), "utf8")) as Record<string, Json | null>,
);
const kept = expected.flatMap(([, document]) => (document === null ? [] : [document]));
const ids = (documents: readonly { readonly id?: unknown }[]): ReadonlySet<unknown> =>
  new Set(documents.map(({ id }) => id));
const isOf = (format: "one" | "two" | "sparse") => (document: Json) =>
  String(document["id"]).startsWith(format);

/** Copies the flow and the workspace of the fixture to a folder, without starting the flow. */
function prepare(): LiveFlow {
  const flow = LiveFlow.prepare(readFileSync(join(FIXTURE, "flow.yml"), "utf8"));
  cpSync(join(FIXTURE, "written"), join(flow.rig.folder, ".jflow/flow.yml"), { recursive: true });
  return flow;
}

async function get(
  flow: LiveFlow,
  targetExecutor: string,
  header?: Json,
): Promise<readonly Json[]> {
  const { gateway } = (await flow.status()).flow;
  const response = await fetch(`${gateway["http"]}/get`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      data: expected.map(([id]) => ({ id })),
      targetExecutor,
      parameters: { with_embeddings: true },
      ...(header && { header }),
    }),
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: readonly Json[] }).data;
}

/** Returns the fields of `documents` that `wanted` has, in the order of `wanted`. */
function pick(documents: readonly Json[], wanted: readonly Json[]): readonly Json[] {
  const byId = new Map(documents.map((document) => [document["id"], document]));
  return wanted.map((document) => {
    const found = byId.get(document["id"]) ?? {};
    return Object.fromEntries(Object.keys(document).map((key) => [key, found[key]]));
  });
}

test(
  "a workspace written by the first version opens with every document and without deleted ones",
  { timeout: 90_000 },
  async () => {
    await using flow = prepare();
    await flow.up();
    await flow.expectEqualCopies();

    const dense = await get(flow, "^dense$");
    expect(ids(dense)).toEqual(ids([...kept.filter(isOf("one")), ...kept.filter(isOf("two"))]));
    expect(pick(dense, kept.filter(isOf("one")))).toEqual(kept.filter(isOf("one")));
    const v2 = await get(flow, "^dense$", { request_id: "fixture" });
    expect(pick(v2, kept.filter(isOf("two")))).toEqual(kept.filter(isOf("two")));
    const sparse = await get(flow, "^sparse$");
    expect(ids(sparse)).toEqual(ids(kept.filter(isOf("sparse"))));
    expect(pick(sparse, kept.filter(isOf("sparse")))).toEqual(kept.filter(isOf("sparse")));

    const [query] = kept.filter(isOf("one"));
    const { docs } = await flow.must("/search", [{ ...query!, id: "query" }], {
      target: "^dense$",
      parameters: { limit: 1000 },
    });
    expect(ids(docs[0]?.matches ?? [])).toEqual(ids(dense));
    expect((await flow.rig.jflow(["verify"])).code).toBe(0);
    expect((await flow.rig.jflow(["up", "-d"])).stderr).not.toMatch(/damaged/);
  },
);

/** Functions that change a file to the format of a newer version, by the end of its name. */
const NEWER: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  "state.json": (bytes) => Buffer.from(String(bytes).replace("jflow.state/v1", "jflow.state/v2")),
  ".log": (bytes) => {
    bytes.writeUInt32LE(2, 12);
    bytes.writeUInt32LE(crc32(bytes.subarray(4, 64)), 0);
    return bytes;
  },
  manifest: (bytes) =>
    Buffer.from(
      bytes.toString("latin1").replace("jflow snapshot 1 ", "jflow snapshot 2 "),
      "latin1",
    ),
};

test.each(Object.entries(NEWER))(
  "a workspace whose %s has a newer format is an error, and stays unchanged",
  { timeout: 60_000 },
  async (name, change) => {
    await using flow = prepare();
    const root = join(flow.rig.folder, ".jflow/flow.yml");
    const found = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(name))
      .map((path) => join(root, path));
    for (const path of found) writeFileSync(path, change(readFileSync(path)));
    const before = found.map((path) => readFileSync(path));
    expect(found.length).toBeGreaterThan(0);

    const { code, stdout, stderr } = await flow.rig.jflow(["up", "-d", "--timeout", "8s"]);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain(`${name}: a newer jflow wrote it`);
    expect(found.map((path) => readFileSync(path))).toEqual(before);
    const folders = readdirSync(root, { recursive: true, encoding: "utf8" });
    expect(folders.filter((path) => path.includes("damaged"))).toEqual([]);
  },
);
