import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { resolve, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually, Rig } from "../rig/rig.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const MEBIBYTE = 1024 * 1024;
const TEXT_BYTES = 100_000;
const STREAM_DOCUMENTS = 3000;
/**
 * The maximum memory of `jflow post` for a stream of 300 MB. Its start needs about 80 MiB, and
 * eight requests of 1 MB are in flight.
 */
const POST_LIMIT = 300 * MEBIBYTE;

const FLOW = `
jtype: Flow
name: library
with: { protocol: [grpc, http], port: [0, 0] }
executors:
  - { name: teller, uses: ./teller.ts, replicas: 2 }
`;

let rig: Rig;
let port: number;

beforeAll(async () => {
  rig = new Rig(FLOW);
  rig.useExecutor("teller.ts");
  mkdirSync(join(rig.folder, "node_modules"));
  symlinkSync(ROOT, join(rig.folder, "node_modules/jflow"));
  await rig.up();
  port = Number((await rig.status()).flow.gateway["grpc"]!.split(":").at(-1));
});

afterAll(async () => rig[Symbol.asyncDispose]());

/**
 * Runs a JavaScript program next to the flow, with the package in `node_modules`. Returns its
 * output.
 */
async function runProgram(text: string): Promise<unknown> {
  rig.write("program.mjs", text);
  const { code, stdout, stderr } = await rig.run([process.execPath, "program.mjs", String(port)])
    .finished;
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

test("a program posts with the client of the package", async () => {
  const said = await runProgram(`
    import { Client, Document } from "jflow";
    const client = new Client({ port: Number(process.argv[2]) });
    const ids = [];
    async function* inputs() {
      for (let i = 0; i < 250; i += 1) yield i % 2 ? new Document({ id: "d" + i }) : { id: "d" + i, text: i === 0 ? "wait:100" : "" };
    }
    for await (const doc of client.post("/tell", { inputs: inputs(), requestSize: 10 })) ids.push(doc.id);
    const results = [];
    for await (const _ of client.post("/results", { parameters: { depth: 2 }, onResponse: ({ parameters }) => results.push(parameters.__results__) }));
    const ready = await client.isFlowReady();
    await client.close();
    console.log(JSON.stringify({ inOrder: ids.every((id, i) => id === "d" + i), count: ids.length, results, ready }));
  `);
  expect(said).toMatchObject({ inOrder: true, count: 250, ready: true });
  const [results] = (said as { results: Record<string, { parameters: object }>[] }).results;
  expect(Object.values(results!).map(({ parameters }) => parameters)).toEqual([{ depth: 2 }]);
});

test("the classes of the package have their own names", async () => {
  const names = await runProgram(`
    import * as jflow from "jflow";
    const classes = Object.entries(jflow).filter(([name, value]) => /^[A-Z]/.test(name) && typeof value === "function");
    console.log(JSON.stringify(classes.map(([name, value]) => [name, value.name])));
  `);
  expect(names).toContainEqual(["Document", "Document"]);
  for (const [name, own] of names as [string, string][]) expect(own).toBe(name);
});

test("an exception of an executor is thrown, or passed to onError", async () => {
  const said = await runProgram(`
    import { Client, JflowError } from "jflow";
    const client = new Client({ port: Number(process.argv[2]) });
    const inputs = [{ id: "a" }, { id: "b", text: "throw" }, { id: "c" }];
    let thrown;
    try { for await (const _ of client.post("/tell", { inputs, requestSize: 1 })); } catch (error) { thrown = error; }
    const told = [], answered = [];
    const onError = (error, outcome) => told.push([error.code, outcome.batch.documents.length]);
    for await (const doc of client.post("/tell", { inputs, requestSize: 1, onError })) answered.push(doc.id);
    await client.close();
    console.log(JSON.stringify({ isOurs: thrown instanceof JflowError, code: thrown.code, name: thrown.exception.name, executor: thrown.exception.executor, told, answered }));
  `);
  expect(said).toEqual({
    isOurs: true,
    code: "EXECUTOR_FAILED",
    name: "TypeError",
    executor: "Teller",
    told: [["EXECUTOR_FAILED", 1]],
    answered: ["a", "c"],
  });
});

test("the package exports the JSON Schema that jflow schema prints", async () => {
  const said = await runProgram(`
    import { createRequire } from "node:module";
    console.log(JSON.stringify(createRequire(import.meta.url)("jflow/flow.schema.json")));
  `);
  expect(said).toEqual(JSON.parse(await rig.ok(["schema"])));
});

test(
  "a stream of 300 MB needs no more memory than its requests in flight",
  { timeout: 90_000 },
  async () => {
    const text = "x".repeat(TEXT_BYTES);
    async function* stream(): AsyncGenerator<string> {
      for (let i = 0; i < STREAM_DOCUMENTS; i += 1) yield `{"id":"m${i}","text":"${text}"}\n`;
    }
    const post = rig.start(["post", "/tell", "--input", "-"], stream());
    let peak = 0;
    const isOver = post.finished.then(() => true);
    await eventually(
      "the stream is posted",
      async () => {
        peak = Math.max(peak, peakBytesOf(post.child.pid!));
        return Promise.race([isOver, Promise.resolve(false)]);
      },
      80_000,
    );
    const { code, stderr } = await post.finished;
    expect([code, stderr]).toEqual([0, expect.stringContaining(`${STREAM_DOCUMENTS} documents`)]);
    expect(peak, "the memory was measured").toBeGreaterThan(20 * MEBIBYTE);
    expect(peak / MEBIBYTE, "peak of jflow post in MiB").toBeLessThan(POST_LIMIT / MEBIBYTE);
    const { replicas } = await rig.status();
    for (const { address, rssBytes } of replicas)
      expect((rssBytes ?? 0) / MEBIBYTE, `memory of ${address} after 300 MB, in MiB`).toBeLessThan(
        600,
      );
  },
);

/** Returns the peak memory of a process in bytes; 0 if the process has ended. */
function peakBytesOf(pid: number): number {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return match ? Number(match[1]) * 1024 : 0;
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return 0;
    throw error;
  }
}
