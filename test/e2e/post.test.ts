import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Rig } from "../rig/rig.ts";

const JFLOW = join(import.meta.dirname, "../../bin/jflow.js");

const FLOW = `
jtype: Flow
name: notes
with: { protocol: [grpc, http], port: [0, 0] }
executors:
  - { name: notebook, uses: ./notebook.ts, shards: 2 }
`;

describe("jflow post", () => {
  let rig: Rig;

  beforeAll(async () => {
    rig = new Rig(FLOW);
    rig.useExecutor("notebook.ts");
    await rig.up();
  });

  afterAll(async () => rig[Symbol.asyncDispose]());

  const file = (name: string, data: string | Uint8Array): void =>
    writeFileSync(join(rig.folder, name), data);
  const texts = async (...ids: string[]): Promise<unknown[]> =>
    (
      await rig.post(
        "/get",
        ["--input", "-"],
        ids.map((id) => `${JSON.stringify({ id })}\n`).join(""),
      )
    ).map(({ text }) => text);

  test.each([
    {
      name: "JSON Lines",
      path: "a.jsonl",
      data: '{"id":"a1","text":"one"}\n\n{"id":"a2","text":"two","colour":"red"}',
      ids: ["a1", "a2"],
    },
    {
      name: "JSON Lines, gzipped",
      path: "b.jsonl.gz",
      data: gzipSync('{"id":"b1","text":"one"}\n{"id":"b2","text":"two"}\n'),
      ids: ["b1", "b2"],
    },
    {
      name: "CSV",
      path: "c.csv",
      data: 'id,text,colour\nc1,"one",red\nc2,two,"b""lue"\n',
      ids: ["c1", "c2"],
    },
    {
      name: "CSV, gzipped",
      path: "d.csv.gz",
      data: gzipSync("id,text\nd1,one\nd2,two\n"),
      ids: ["d1", "d2"],
    },
    {
      name: "a file with a byte order mark and CRLF",
      path: "e.jsonl",
      data: '\uFEFF{"id":"e1","text":"one"}\r\n{"id":"e2","text":"two"}\r\n',
      ids: ["e1", "e2"],
    },
  ])("reads $name", async ({ path, data, ids }) => {
    file(path, data);
    await rig.ok(["post", "/index", "--input", path]);
    expect(await texts(...ids)).toEqual(["one", "two"]);
  });

  test("an endpoint that no executor binds ends with a suggestion and exit code 2", async () => {
    const { code, stdout, stderr } = await rig.jflow(
      ["post", "/idnex", "--input", "-", "--output", "-", "--on-error", "skip"],
      '{"id":"typo"}\n',
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("no executor binds /idnex: did you mean /index?");
  });

  test("reads a glob of text files as documents, and stdin", async () => {
    file("f1.txt", "first file");
    file("f2.txt", "second file");
    await rig.ok(["post", "/index", "--input", "f*.txt"]);
    expect(await texts("f1.txt", "f2.txt")).toEqual(["first file", "second file"]);
    await rig.ok(["post", "/index", "--input", "-"], '{"id":"stdin","text":"piped"}\n');
    expect(await texts("stdin")).toEqual(["piped"]);
  });

  test("unknown keys become tags, and answers keep the order of the input without empty fields", async () => {
    const lines = Array.from({ length: 250 }, (_, i) =>
      JSON.stringify({ id: `o${i}`, text: i % 50 === 0 ? "wait:30" : "x", n: i }),
    );
    const answers = await rig.post("/index", ["--input", "-", "--batch", "7"], lines.join("\n"));
    expect(answers.map(({ id }) => id)).toEqual(lines.map((_, i) => `o${i}`));
    expect(answers[3]).toEqual({ id: "o3", text: "x", tags: { n: 3 } });
  });

  test("the last line with an id wins, however many requests are in flight", async () => {
    const lines = Array.from({ length: 120 }, (_, i) =>
      JSON.stringify({ id: `w${i % 3}`, text: i < 60 ? "wait:5" : `version ${i}` }),
    );
    await rig.ok(
      ["post", "/index", "--input", "-", "--batch", "2", "--concurrency", "16"],
      lines.join("\n"),
    );
    expect(await texts("w0", "w1", "w2")).toEqual(["version 117", "version 118", "version 119"]);
  });

  test("--limit, --text and --param set limit, texts and parameters", async () => {
    expect(
      await rig.post(
        "/index",
        ["--input", "-", "--limit", "2"],
        '{"id":"l1"}\n{"id":"l2"}\n{"id":"l3"}\n',
      ),
    ).toHaveLength(2);
    expect(
      (await rig.post("/index", ["--text", "one", "--text", "two"])).map(({ text }) => text),
    ).toEqual(["one", "two"]);
    const [answer] = await rig.post("/dump", ["--param", "count=true"]);
    expect(Object.keys(answer!["__results__"] as object)).toHaveLength(2);
  });

  test("skip reports bad lines by number, writes them to --errors, and exits 5", async () => {
    file("bad.jsonl", '{"id":"g1","text":"good"}\n{oops\n[1]\n{"id":"g2","text":"good"}\n');
    const result = await rig.jflow([
      "post",
      "/index",
      "--input",
      "bad.jsonl",
      "--on-error",
      "skip",
      "--errors",
      "errors.jsonl",
    ]);
    expect(result.code).toBe(5);
    expect(result.stderr).toMatch(/cannot read bad\.jsonl:2: not valid JSON/);
    expect(result.stderr).toContain("cannot read bad.jsonl:3");
    expect(await texts("g1", "g2")).toEqual(["good", "good"]);
    const rows = readFileSync(join(rig.folder, "errors.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(rows).toMatchObject([
      { source: "bad.jsonl", line: 2, text: "{oops" },
      { line: 3, text: "[1]" },
    ]);
  });

  test("stop ends at the first bad line, exit 5, after the lines before it were sent", async () => {
    const result = await rig.jflow(
      ["post", "/index", "--input", "-"],
      '{"id":"s1","text":"sent"}\nno\n{"id":"s2","text":"never"}\n',
    );
    expect([result.code, await texts("s1", "s2")]).toEqual([5, ["sent"]]);
  });

  test("a gzip file that is cut off is reported, with a summary and exit 5", async () => {
    const zipped = gzipSync(
      Array.from({ length: 50_000 }, (_, i) => `{"id":"z${i}","text":"${i * 7919}"}`).join("\n"),
    );
    file("cut.jsonl.gz", zipped.subarray(0, zipped.length / 2));
    const result = await rig.jflow([
      "post",
      "/index",
      "--input",
      "cut.jsonl.gz",
      "--batch",
      "1000",
    ]);
    expect(result.code).toBe(5);
    expect(result.stderr).toMatch(
      /cannot read cut\.jsonl\.gz:\d+: the gzip data is cut off or damaged after this line/,
    );
    expect(result.stderr).toMatch(/sent \d{4,} documents in /);
    expect(await texts("z0")).toEqual(["0"]);
  });

  test("reads a JSON array", async () => {
    file("list.json", '[\n  {"id":"j1","text":"one"},\n  {"id":"j2","text":"two"}\n]\n');
    await rig.ok(["post", "/index", "--input", "list.json"]);
    expect(await texts("j1", "j2")).toEqual(["one", "two"]);
  });

  test("documents that an executor rejects are counted and listed, exit 5", async () => {
    const input =
      '{"id":"t1","text":"fine"}\n{"id":"t2","text":"throw"}\n{"id":"t3","text":"fine"}\n';
    const result = await rig.jflow(
      [
        "post",
        "/index",
        "--input",
        "-",
        "--batch",
        "1",
        "--on-error",
        "skip",
        "--errors",
        "refused.jsonl",
      ],
      input,
    );
    expect(result.code).toBe(5);
    expect(result.stderr).toContain("failed: stdin:2: ");
    expect(result.stderr).toMatch(/sent 3 documents in 3 requests: .*, 1 failed/);
    expect(JSON.parse(readFileSync(join(rig.folder, "refused.jsonl"), "utf8"))).toMatchObject({
      line: 2,
      document: { id: "t2", text: "throw" },
    });
  });

  test("an empty file sends no request, and a missing file or a folder is an error at the start", async () => {
    file("empty.jsonl", "");
    const empty = await rig.jflow(["post", "/index", "--input", "empty.jsonl"]);
    expect([empty.code, empty.stderr]).toEqual([0, expect.stringContaining("0 documents")]);
    expect((await rig.jflow(["post", "/index", "--text", "x", "--input", "nope.jsonl"])).code).toBe(
      3,
    );
    const folder = await rig.jflow(["post", "/index", "--text", "x", "--input", "."]);
    expect([folder.code, folder.stderr]).toEqual([
      2,
      expect.stringMatching(/it is a folder; use a pattern for its files/),
    ]);
    const unquoted = await rig.jflow(["post", "/index", "--input", "a.jsonl", "b.jsonl"]);
    expect([unquoted.code, unquoted.stderr]).toEqual([
      2,
      expect.stringContaining("quote a pattern") as string,
    ]);
    expect((await rig.jflow(["post", "/index", "--input", "nope*.jsonl"])).stderr).toContain(
      "matches no file",
    );
  });

  test.runIf(process.platform === "linux")(
    "a full disk is an error of one line, exit 1",
    async () => {
      const errors = await rig.jflow(
        ["post", "/index", "--input", "-", "--errors", "/dev/full"],
        "{oops\n",
      );
      expect([errors.code, errors.stderr]).toEqual([
        1,
        expect.stringMatching(/^jflow: cannot write the file of --errors: ENOSPC.*\n$/),
      ]);
      const table = await rig.run(["sh", "-c", `'${process.execPath}' '${JFLOW}' ps >/dev/full`])
        .finished;
      expect([table.code, table.stderr]).toEqual([
        1,
        expect.stringMatching(/^jflow: cannot write the output: ENOSPC.*\n$/),
      ]);
    },
  );

  test("with skip, only the refused document of a request fails", async () => {
    const lines = Array.from({ length: 20 }, (_, i) =>
      JSON.stringify({ id: `k${i}`, text: i === 12 ? "throw" : "fine" }),
    );
    const args = ["post", "/index", "--input", "-", "--on-error", "skip"];
    const { code, stderr } = await rig.jflow(args, lines.join("\n"));
    expect([code, stderr]).toEqual([
      5,
      expect.stringMatching(/failed: stdin:13: [^]* 19 acknowledged, 1 failed$/m) as string,
    ]);
    expect(await texts("k0", "k19")).toEqual(["fine", "fine"]);
  });

  test("without skip, the requests in flight are counted, and the last document is named", async () => {
    const lines = Array.from({ length: 500 }, (_, i) =>
      JSON.stringify({ id: `q${i}`, text: i === 12 ? "throw" : "fine" }),
    );
    const { code, stderr } = await rig.jflow(
      ["post", "/index", "--input", "-", "--batch", "10"],
      lines.join("\n"),
    );
    const [, sent, acknowledged, failed] =
      /sent (\d+) documents [^]*, (\d+) acknowledged, (\d+) failed: some may be written/.exec(
        stderr,
      ) ?? [];
    expect([code, failed]).toEqual([5, "10"]);
    expect(Number(acknowledged) + 10).toBe(Number(sent));
    expect(stderr).toContain(`the last document sent is stdin:${sent}: continue after it`);
  });

  test("a slow pipe is sent while it is open, and Ctrl-C ends it at once", async () => {
    async function* slow(): AsyncGenerator<string> {
      yield '{"id":"slow1","text":"sent"}\n';
      await new Promise(() => undefined);
    }
    const post = rig.start(["post", "/index", "--input", "-", "--output", "-"], slow());
    await once(post.child.stdout!, "data");
    expect(await texts("slow1")).toEqual(["sent"]);
    post.child.kill("SIGINT");
    const { code, stderr } = await post.finished;
    expect([code, stderr]).toEqual([130, expect.stringContaining("interrupted after 1 document")]);
  });

  test("a reader that closes the pipe does not end the sending", async () => {
    const post = rig.start(
      ["post", "/index", "--input", "-", "--output", "-"],
      Array.from({ length: 5000 }, (_, i) => `{"id":"h${i}","text":"${"x".repeat(500)}"}`).join(
        "\n",
      ),
    );
    post.child.stdout!.once("data", () => post.child.stdout!.destroy());
    const { code, stderr } = await post.finished;
    expect([code, stderr.includes("EPIPE")]).toEqual([0, false]);
    expect(stderr).toContain("sent 5000 documents");
    expect(await texts("h4999")).toEqual(["x".repeat(500)]);
  });
});

test("post works with a flow that serves only HTTP", async () => {
  await using rig = new Rig(FLOW.replace("[grpc, http]", "http").replace("[0, 0]", "0"));
  rig.useExecutor("notebook.ts");
  await rig.up();
  expect(await rig.post("/index", ["--text", "hello"])).toMatchObject([{ text: "hello" }]);
});

test("a frozen client does not delay jflow down", async () => {
  await using rig = new Rig(FLOW);
  rig.useExecutor("notebook.ts");
  await rig.up();
  async function* endless(): AsyncGenerator<string> {
    for (let i = 0; ; i += 1) {
      yield `{"id":"x${i}"}\n`;
      await sleep(20);
    }
  }
  const post = rig.start(
    ["post", "/index", "--input", "-", "--batch", "1", "--output", "-"],
    endless(),
  );
  await once(post.child.stdout!, "data");
  post.child.kill("SIGSTOP");
  const began = performance.now();
  await rig.ok(["down"]);
  const ms = performance.now() - began;
  post.child.kill("SIGKILL");
  await post.finished;
  expect(ms, "jflow down waits 10 s for requests, which are all answered here").toBeLessThan(7000);
});
