import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, Rig, type Running } from "../rig/rig.ts";
import { showOnScreen } from "../rig/screen.ts";

/** A flow on free ports: another flow of the user may have the default ones. */
const IDLE_FLOW = "jtype: Flow\nwith: { port: 0 }\nexecutors: [{ name: a }]\n";

const BIN = join(import.meta.dirname, "../../bin/jflow.js");
const ESCAPE = "\u001B";
const FLOW = `
jtype: Flow
name: tellers
with: { protocol: [grpc, http], port: [0, 0] }
executors:
  - { name: teller, uses: ./teller.ts, replicas: 2 }
  - { name: hasty, uses: ./teller.ts, uses_requests: { /tell: results, /hasty: tell }, timeout_send: 300ms }
`;

function openTellers(flow: string = FLOW, env: Record<string, string> = {}): Rig {
  const rig = new Rig(flow, env);
  rig.useExecutor("teller.ts");
  return rig;
}

describe("a running flow", () => {
  let rig: Rig;
  let started: string;
  /** Opens another folder of the same user, with the same running flows. */
  const openNextTo = (flow: string, env: Record<string, string> = {}): Rig =>
    openTellers(flow, { XDG_RUNTIME_DIR: join(rig.folder, "run"), ...env });

  beforeAll(async () => {
    rig = openTellers(FLOW, { NO_COLOR: "1", FORCE_COLOR: "1" });
    const up = await rig.startOnTerminal(["up", "-d"], 24).finished;
    if (up.code !== 0) throw new Error(`up ended with ${up.code}:\n${up.stdout}`);
    started = up.stdout;
  });

  afterAll(async () => rig[Symbol.asyncDispose]());

  test("up redraws its checklist in place, with lines shorter than the terminal", () => {
    const list = started.slice(0, started.indexOf("Flow is ready"));
    const drawn = list
      .split(/\r?\n/)
      .filter((line) => line.startsWith(" ✔") || line.startsWith(" ·"));
    expect(drawn.length).toBeGreaterThan(2);
    expect(Math.max(...drawn.map((line) => line.length)), list).toBeLessThan(24);
  });

  test("flags win over NO_COLOR, which wins over FORCE_COLOR, which wins over a pipe", async () => {
    expect(await rig.ok(["ps"])).not.toContain(ESCAPE);
    expect(await rig.ok(["--color", "ps"])).toContain(`${ESCAPE}[32mready`);
    await using forced = openNextTo(FLOW, { NO_COLOR: "", FORCE_COLOR: "1" });
    expect(await forced.ok(["ps", "--name", "tellers"])).toContain(`${ESCAPE}[32mready`);
    expect(await forced.ok(["--no-color", "ps", "--name", "tellers"])).not.toContain(ESCAPE);
    expect(
      await forced.ok(["ps", "--name", "tellers", "-o", "json"]),
      "JSON has no colour",
    ).not.toContain(ESCAPE);
  });

  test("replicas get one of the two variables, so that Node.js does not warn in their output", async () => {
    const lines = (await rig.ok(["logs"])).trimEnd().split("\n");
    expect(lines.filter((line) => !line.includes("[jflow] "))).toEqual([]);
  });

  test("ps has a headline and leaves out columns on a narrow terminal, but not in a pipe", async () => {
    const wide = (await rig.startOnTerminal(["ps"], 120).finished).stdout;
    expect(wide).toMatch(
      /tellers {2}green {2}4\/4 ready {2}grpc:\/\/127\.0\.0\.1:\d+ {2}http:\/\/127\.0\.0\.1:\d+/,
    );
    const narrow = (await rig.startOnTerminal(["ps"], 46).finished).stdout;
    const table = narrow
      .split(/\r?\n/)
      .filter((line) => /^(?:NAME|gateway|teller|hasty) /.test(line));
    expect(table).toHaveLength(5);
    expect(Math.max(...table.map((line) => line.length)), narrow).toBeLessThanOrEqual(46);
    expect(table[0]).toMatch(/^NAME +SHARD +REPLICA +STATE/);
    expect((await rig.ok(["ps"])).split("\n")[0]).toContain("P99");
  });

  test("events lists and follows what happens, and describe shows it for one replica", async () => {
    const follow = rig.start(["events", "-f", "-o", "json", "--tail", "0", "teller"]);
    const lines = (): readonly { kind: string }[] =>
      follow
        .output()
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { kind: string });
    // The command may begin to follow after the first stop.
    await eventually("a stop and a start are followed", async () => {
      await rig.ok(["stop", "teller/0/1"]);
      await rig.ok(["start", "teller/0/1"]);
      const kinds = lines().map(({ kind }) => kind);
      return kinds.includes("stopped") && kinds.includes("ready");
    });
    follow.child.kill("SIGINT");
    expect((await follow.finished).code).toBe(130);
    const table = await rig.ok(["events", "teller/0/1"]);
    expect(table).toMatch(/^TIME +SUBJECT +KIND +EVENT\n/);
    expect(table).toMatch(/\d\d:\d\d:\d\d {2}teller\/0\/1 {2}stopped +stopped by the user\n/);
    const text = await rig.ok(["describe", "teller/0/1"]);
    expect(text).toContain("Name:         teller/0/1\n");
    expect(text).toContain("stopped by the user\n");
    expect(JSON.parse(await rig.ok(["describe", "teller", "-o", "json"]))).toMatchObject({
      schema: "jflow.describe/v1",
      deployment: { name: "teller", replicas: 2 },
      replicas: [{ address: "teller/0/0" }, { address: "teller/0/1" }],
    });
    expect((await rig.jflow(["describe", "nobody"])).code).toBe(3);
    expect((await rig.jflow(["events", "nobody"])).code).toBe(3);
  });

  test("ps -w prints the rows that change into a pipe, and redraws them on a terminal", async () => {
    const watch = rig.start(["ps", "-w", "teller"]);
    const rows = (): readonly string[] => watch.output().split("\n").slice(0, -1);
    await eventually("the first table", async () => rows().length === 3);
    expect(rows()[0]).toMatch(/^NAME +SHARD +REPLICA +STATE/);
    await rig.ok(["stop", "teller/0/1"]);
    await rig.ok(["start", "teller/0/1"]);
    await eventually("the replica is ready again", async () =>
      rows()
        .slice(3)
        .some((row) => /^teller +0 +1 +ready/.test(row)),
    );
    expect(
      rows()
        .slice(3)
        .every((row) => /^teller +0 +1 /.test(row)),
    ).toBe(true);
    watch.child.kill("SIGINT");
    expect((await watch.finished).code).toBe(130);
    const drawn = rig.startOnTerminal(["ps", "-w", "--by", "executor"], 80);
    await eventually("the second table", async () => drawn.output().includes(`${ESCAPE}[0J`));
    drawn.child.kill("SIGTERM");
    const sequence = new RegExp(String.raw`${ESCAPE}\[[\d;]*[A-Za-z]`, "g");
    const lines = drawn.output().replaceAll(sequence, "").split(/\r?\n/);
    expect(lines.some((line) => /^teller +2\/2 +green /.test(line))).toBe(true);
    const table = lines.filter((line) => /^(?:NAME|gateway|teller|hasty) /.test(line));
    expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test("top sorts replicas on a terminal until q, and prints them once in a pipe", async () => {
    const command = `stty cols 80 rows 40; '${process.execPath}' '${BIN}' top --sort rss`;
    let screen = (): string => "";
    async function* keys(): AsyncGenerator<string> {
      await eventually("the first screen", async () => screen().includes("sorted by rss"));
      yield "e";
      await eventually("another order", async () => screen().includes("sorted by errors"));
      yield "q";
    }
    const top = rig.run(["script", "-qec", command, "/dev/null"], keys());
    screen = () => top.output();
    expect((await top.finished).code).toBe(0);
    const text = screen();
    const [opened, drawn, closed] = ["[?1049h", "sorted by rss", "[?1049l"].map((part) =>
      text.indexOf(part),
    ) as [number, number, number];
    expect(opened, text).toBeGreaterThanOrEqual(0);
    expect(opened, "on the alternate screen").toBeLessThan(drawn);
    expect(closed, "the screen before is restored").toBeGreaterThan(drawn);
    const piped = await rig.ok(["top", "teller"]);
    expect(piped.split("\n").filter((line) => line.startsWith("teller/0/"))).toHaveLength(2);
    expect((await rig.jflow(["top", "nobody"])).code).toBe(3);
  });

  test("post shows a bar that ends at 100 %, and only figures on a narrow terminal", async () => {
    rig.write(
      "data.jsonl",
      Array.from({ length: 500 }, (_, i) => `{"id":"d${i}","text":"x"}`).join("\n"),
    );
    const wide = (
      await rig.startOnTerminal(["post", "/tell", "--input", "data.jsonl"], 120).finished
    ).stdout;
    expect(wide).toMatch(/━{24} 100% 500 documents [\d.k]+ documents\/s ETA 0s errors 0/);
    expect(wide).toMatch(/sent 500 documents in 5 requests: [\d.]+ seconds/);
    const narrow = (
      await rig.startOnTerminal(["post", "/tell", "--input", "data.jsonl"], 40).finished
    ).stdout;
    expect(narrow).toContain("100% 500 documents");
    expect(narrow).not.toContain("━");
  });

  test("messages longer than the terminal stay whole above the bar, and the summary follows", async () => {
    const failing = Array.from(
      { length: 3 },
      (_, i) => `{"id":"a-document-whose-name-is-rather-too-long-${i}","text":"throw"}\n{bad\n`,
    );
    rig.write("failing.jsonl", failing.join(""));
    const args = [
      "post",
      "/tell",
      "--input",
      "failing.jsonl",
      "--batch",
      "1",
      "--on-error",
      "skip",
    ];
    const { stdout } = await rig.startOnTerminal(args, 90).finished;
    const lines = showOnScreen(stdout, 90).filter((line) => line !== "");
    const text = lines.join("");
    for (const [i, line] of [1, 3, 5].entries()) {
      expect(text, stdout).toContain(
        `failed: failing.jsonl:${line}: TypeError: told to throw at a-document-whose-name-is-rather-too-long-${i}`,
      );
      expect(text, stdout).toContain(`cannot read failing.jsonl:${line + 1}: not valid JSON`);
    }
    // The summary is longer than the terminal, too.
    const [bar, ...summary] = lines.slice(-3);
    expect(bar, stdout).toMatch(/^━{24} 100% 3 documents .* errors 6$/);
    expect(summary.join(""), stdout).toMatch(
      /^sent 3 documents in 3 requests: [\d.]+ seconds, .*, 0 acknowledged, 3 failed, 3 not readable$/,
    );
  });

  test("a terminal as stdin is an error with a hint", async () => {
    const { code, stdout } = await rig.startOnTerminal(["post", "/tell", "--input", "-"], 80)
      .finished;
    expect([code, stdout]).toEqual([2, expect.stringContaining("cat data.jsonl | jflow post")]);
  });

  test("a request longer than timeout_send fails, exit 5, and the next one succeeds", async () => {
    const late = await rig.jflow(["post", "/hasty", "--text", "wait:5000", "--progress", "none"]);
    expect(late.code, late.stderr).toBe(5);
    expect(late.stderr).toMatch(/300 ms|deadline/i);
    expect(await rig.post("/hasty", ["--text", "fine"])).toMatchObject([
      { tags: { said: "fine" } },
    ]);
  });

  test("an endpoint without a slash is an error", async () => {
    const { code, stderr } = await rig.jflow(["post", "tell", "--text", "x"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("write /tell")]);
  });

  test("stop stops a replica while the flow answers, and start starts it again", async () => {
    await rig.ok(["stop", "teller/0/0"]);
    await eventually(
      "the replica is stopped",
      async () => (await rig.replica("teller/0/0")).state === "stopped",
    );
    expect((await rig.jflow(["ps"])).stderr, "no message about a wanted stop").not.toContain(
      "! teller/0/0",
    );
    expect(await rig.post("/search", ["--text", "hello", "--target", "teller"])).toMatchObject([
      { tags: { replica: 1 } },
    ]);
    await rig.ok(["start", "teller/0/0"]);
    await eventually("the replica is ready", async () => (await rig.replica("teller/0/0")).ready);
    expect((await rig.jflow(["stop", "nobody/0/0"])).code).toBe(3);
  });

  test("the error about the port of another flow names that flow and how to stop it", async () => {
    const port = (await rig.status()).flow.gateway["grpc"]!.split(":").at(-1)!;
    await using second = openNextTo(FLOW.replace("[0, 0]", `[${port}, 0]`));
    const { code, stderr } = await second.jflow(["up", "-d"]);
    expect(code).toBe(4);
    expect(stderr).toMatch(
      /is taken by flow "tellers" in .*\/flow\.yml \(stop it with jflow down /,
    );
    expect(stderr, "no line repeats it").not.toMatch(/is taken: .* is taken: /);
  });

  test("--name is an error if two running flows have the name, and -f selects one", async () => {
    await using second = openNextTo(FLOW);
    await second.up();
    const { code, stderr } = await rig.jflow(["ps", "--name", "tellers"]);
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining("several running flows are named tellers"),
    ]);
    expect(await rig.ok(["ps", "-q", "-f", join(second.folder, "flow.yml")])).toContain(
      "teller/0/0",
    );
  });

  test("Ctrl-C ends post with 130 and the number of documents sent", async () => {
    const post = rig.start(["post", "/tell", "--text", "wait:60000"]);
    await eventually("the request is in flight", async () =>
      (await rig.status()).replicas.some(({ inflight }) => inflight > 0),
    );
    post.child.kill("SIGINT");
    const { code, stderr } = await post.finished;
    expect([code, stderr]).toEqual([130, expect.stringContaining("interrupted after 0 documents")]);
  });
});

test("SIGTERM lets the requests in flight finish, stops the flow and exits 143", async () => {
  await using rig = new Rig(
    "jtype: Flow\nwith: { protocol: http, port: 0 }\nexecutors: [{ name: waiter, uses: ./waiter.ts }]\n",
  );
  rig.write(
    "waiter.ts",
    `import { Executor } from "jflow";\nexport class Waiter extends Executor {\n  static override readonly requests = { "/wait": "wait" };\n  async wait(): Promise<void> { console.log("taken"); await new Promise((next) => setTimeout(next, 1500)); }\n}\n`,
  );
  const up: Running = rig.start(["up"]);
  await eventually("the flow is ready", async () => up.output().includes("Flow is ready to serve"));
  const slow = rig.start([
    "post",
    "/wait",
    "--text",
    "hello",
    "--output",
    "-",
    "--progress",
    "none",
  ]);
  await eventually("the executor has received the request", async () =>
    /^waiter\/0\/0 +\| taken$/m.test(up.output()),
  );
  up.child.kill("SIGTERM");
  expect((await up.finished).code).toBe(143);
  const { code, stdout, stderr } = await slow.finished;
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ text: "hello" });
  expect(JSON.parse(await rig.ok(["ls", "-o", "json"]))).toMatchObject({ flows: [] });
});

/** A flow whose executor does not become ready. */
function slowRig(): Rig {
  const rig = new Rig(
    "jtype: Flow\nwith: { protocol: http, port: 0 }\nexecutors: [{ name: slow, uses: ./slow.ts }]\n",
  );
  rig.write(
    "slow.ts",
    `import { Executor } from "jflow";\nexport class Slow extends Executor {\n  static override readonly requests = { "/a": "a" };\n  a(): void {}\n  async load(): Promise<void> { await new Promise((never) => setTimeout(never, 60_000)); }\n}\n`,
  );
  return rig;
}

test("up --timeout, health --wait and ps --exit-code show a flow that is not ready", async () => {
  await using rig = slowRig();
  const up = rig.start(["up", "--timeout", "6s"]);
  await eventually("the flow starts", async () => (await rig.jflow(["ps"])).code === 0);
  const wait = await rig.jflow(["health", "--wait", "green", "--timeout", "200ms"]);
  expect([wait.code, wait.stderr]).toEqual([4, "timed out waiting for green\n"]);
  expect((await rig.jflow(["health"])).code, "red is 1").toBe(1);
  expect((await rig.jflow(["ps", "--exit-code"])).code, "red is 4").toBe(4);
  const { code, stderr } = await up.finished;
  expect([code, stderr]).toEqual([
    4,
    expect.stringMatching(/not ready within 6 s: stopping it\. Late:\n {2}slow\/0\/0 {2}starting/),
  ]);
});

test("up --no-wait returns while the flow starts", async () => {
  await using rig = slowRig();
  await rig.ok(["up", "--no-wait"]);
  expect((await rig.status()).flow.state).toBe("starting");
});

test("init creates a valid flow and never overwrites a file", async () => {
  await using rig = new Rig(undefined);
  expect(await rig.ok(["init", "new"])).toBe(
    "new/flow.yml\nnew/shout.ts\nnew/data.jsonl\nnew/package.json\nnew/tsconfig.json\n",
  );
  await rig.ok(["config", "-q", "new/flow.yml"]);
  await rig.ok(["config", "-q", "new"]);
  const elsewhere = await rig.jflow(["config", "run"]);
  expect([elsewhere.code, elsewhere.stderr]).toEqual([
    3,
    expect.stringContaining("run is a folder without flow.yml"),
  ]);
  const before = readFileSync(join(rig.folder, "new/flow.yml"), "utf8");
  const again = await rig.jflow(["init", "new"]);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("already exists")]);
  expect(readFileSync(join(rig.folder, "new/flow.yml"), "utf8")).toBe(before);
});

test("the commands that init prints work one after another", { timeout: 60_000 }, async () => {
  await using rig = new Rig(undefined);
  const { stderr } = await rig.jflow(["init", "new"]);
  const file = join(rig.folder, "new/flow.yml");
  const free = readFileSync(file, "utf8").replace("port: [8080, 8081]", "port: [0, 0]");
  writeFileSync(file, free);
  const commands = stderr.split("\n").filter((line) => line.startsWith("  "));
  expect(commands.length).toBe(8);
  const jflow = `'${process.execPath}' '${BIN}' `;
  const script = commands.map((line) => line.replace(/\bjflow /, jflow)).join(" &&\n");
  const { code, stdout, stderr: notes } = await rig.run(["sh", "-c", script]).finished;
  expect(code, notes).toBe(0);
  expect(stdout).toContain("2  0.8855  2   a loyal animal that barks and guards the house");
  expect(stdout).toMatch(/"id":"5".*A MACHINE THAT COMPUTES!/);
  expect(stdout).toMatch(/"id":"1".*"age":3/);
  expect(notes).toMatch(/1 replaced[^]*1 deleted/);
  await rig.ok(["down", "new"]);
});

test("--help loads no package from node_modules", async () => {
  await using rig = new Rig("jtype: Flow\n", { NODE_V8_COVERAGE: "loaded" });
  await rig.ok(["--help"]);
  const folder = join(rig.folder, "loaded");
  // The coverage of V8 lists the loaded modules.
  const loaded = readdirSync(folder).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(folder, name), "utf8")) as {
      result: { url: string }[];
    };
    return result.map(({ url }) => url);
  });
  const packages = loaded.flatMap(
    (url) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.slice(1) ?? [],
  );
  expect(loaded.filter((url) => url.includes("/dist/cli/"))).not.toEqual([]);
  expect(packages).toEqual([]);
});

test("SIGHUP has no effect where no standard stream is a terminal", async () => {
  await using rig = new Rig(IDLE_FLOW);
  const up = rig.start(["up"]);
  await eventually("the flow is ready", async () => up.output().includes("ready to serve"));
  up.child.kill("SIGHUP");
  await sleep(500);
  expect((await rig.status()).flow.state).toBe("ready");
  up.child.kill("SIGTERM");
  expect((await up.finished).code).toBe(143);
});

test(
  "a terminal that closes drains the flow once, and the exit code is 129",
  { timeout: 150_000 },
  async () => {
    await using rig = new Rig(IDLE_FLOW);
    const command = `echo $$ >pid; exec '${process.execPath}' '${BIN}' up >out 2>&1`;
    // The shell outlives the terminal, so that it can write the exit code.
    const script = `trap '' HUP; sh -c "${command.replace("$", "\\$")}"; echo $? >code`;
    const terminal = rig.run(["script", "-qec", script, "/dev/null"]);
    const read = async (name: string): Promise<string> =>
      readFile(join(rig.folder, name), "utf8").catch(() => "");
    await eventually(
      "the flow is ready",
      async () => (await read("out")).includes("ready to serve"),
      60_000,
    );
    terminal.child.kill("SIGKILL");
    const pid = Number(await read("pid"));
    process.kill(pid, "SIGHUP");
    process.kill(pid, "SIGHUP");
    await eventually("the command has ended", async () => (await read("code")) !== "", 60_000);
    expect(await read("code")).toBe("129\n");
    expect(await read("out")).toContain("stopping the flow");
    expect(await read("out")).not.toMatch(/killing the flow|Assertion|native|Error/);
  },
);
