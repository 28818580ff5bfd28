import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Rig } from "../rig/rig.ts";

const FLOW = `jtype: Flow
with: { port: 0 }
executors:
  - { name: encoder, uses: TfidfEncoder, uses_with: { sparse: true } }
  - { name: index, uses: HNSWIndexer, uses_with: { metric: bm25 }, shards: 2 }
`;
const TEXTS = { shoe: "a red shoe", coat: "a red coat", hat: "a blue hat", sock: "a blue sock" };

let rig: Rig;
beforeAll(async () => {
  rig = new Rig(FLOW);
  await rig.up();
  const lines = Object.entries(TEXTS).map(([id, text]) => `${JSON.stringify({ id, text })}\n`);
  await rig.post("/index", ["--input", "-"], lines.join(""));
  write("queries.tsv", "1\tred shoe\n2\tblue sock\n3\tgreen tree\n");
  write("qrels.txt", "1 0 shoe 2\n1 0 coat 1\n2 0 sock 1\n4 0 hat 1\n");
});
afterAll(async () => rig[Symbol.asyncDispose]());

const write = (name: string, text: string): void => writeFileSync(join(rig.folder, name), text);
const FILES = ["--queries", "queries.tsv", "--qrels", "qrels.txt"];

test("eval measures the answers of a running flow, and names what is not judged", async () => {
  const { code, stdout, stderr } = await rig.jflow(["eval", ...FILES]);
  expect([code, stderr]).toEqual([
    0,
    "warning: 1 of 3 queries have no judgement\nwarning: 1 of 3 judged queries have no text\n",
  ]);
  expect(stdout).toBe(
    [
      "MEASURE      VALUE",
      "ndcg@10     1.0000",
      "map         1.0000",
      "mrr         1.0000",
      "recall@10   1.0000",
      "recall@100  1.0000",
      "",
    ].join("\n"),
  );
});

test("eval compares with another value of a parameter", async () => {
  const against = ["--against-param", "offset=1"];
  const { code, stdout } = await rig.jflow(["eval", ...FILES, ...against, "-o", "json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    schema: "jflow.eval/v1",
    mean: { mrr: 1 },
    against: { mrr: 0.5 },
    moved: [
      { query: "2", value: 1, against: 0 },
      { query: "1", value: 1 },
    ],
  });
});

test("eval --ann compares with an exact search, without judgements", async () => {
  const { code, stdout } = await rig.jflow(["eval", "--queries", "queries.tsv", "--ann"]);
  expect([code, stdout]).toEqual([
    0,
    "approximate against exact search: 1.0000 of the first 10 results, all of them in each of 3 queries\n",
  ]);
});

test.for([
  { args: ["--queries", "queries.tsv"], code: 2, message: "nothing to compare with: give --qrels" },
  { args: ["--queries", "none.tsv", "--ann"], code: 3, message: "cannot read " },
  { args: [...FILES, "--endpoint", "/serch"], code: 2, message: "/search" },
])("eval $args exits with $code", async ({ args, code, message }) => {
  const finished = await rig.jflow(["eval", ...args]);
  expect([finished.code, finished.stderr]).toEqual([code, expect.stringContaining(message)]);
});
