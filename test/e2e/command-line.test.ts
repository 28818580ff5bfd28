import { join } from "node:path";
import { connect } from "node:net";
import { createServer } from "node:http";
import { once } from "node:events";
import { appendFileSync, chmodSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { eventually, isAlive, Rig, type Running } from "../rig/rig.ts";

const BIN = join(import.meta.dirname, "../../bin/jflow.js");

const TELLER = `
jtype: Flow
name: tellers
with: { protocol: [grpc, http], port: [0, 0] }
executors:
  - { name: teller, uses: ./teller.ts, replicas: 2 }
`;

function openTellers(flow: string = TELLER, env: Record<string, string> = {}): Rig {
  const rig = new Rig(flow, env);
  rig.useExecutor("teller.ts");
  return rig;
}

/** Returns the pids of all processes of a flow. */
async function pidsOf(rig: Rig): Promise<number[]> {
  const { flow, replicas } = await rig.status();
  return [flow.supervisorPid, ...replicas.flatMap(({ pid }) => (pid === null ? [] : [pid]))];
}

async function areGone(pids: readonly number[]): Promise<boolean> {
  const alive = await Promise.all(pids.map(isAlive));
  return !alive.includes(true);
}

test("ps, ls, health and logs show a detached flow, and down ends all its processes", async () => {
  await using rig = openTellers();
  await rig.up();
  const status = await rig.status();
  expect(status).toMatchObject({
    schema: "jflow.ps/v1",
    flow: { name: "tellers", health: "green", state: "ready" },
  });
  expect(status.replicas.map(({ address, state }) => `${address} ${state}`).toSorted()).toEqual([
    "gateway/0/0 ready",
    "teller/0/0 ready",
    "teller/0/1 ready",
  ]);
  expect(await rig.ok(["ps", "-q", "teller"])).toBe("teller/0/0\nteller/0/1\n");
  expect((await rig.ok(["ps"])).split("\n")[0]).toMatch(
    /^NAME +SHARD +REPLICA +STATE +PORT +DOCS +QPS +P99 +IN-FLIGHT +CPU +RSS +RESTARTS +AGE$/,
  );
  expect(await rig.ok(["ps", "-o", "wide"])).toContain("LAST-EXIT");
  expect(JSON.parse(await rig.ok(["ls", "-o", "json"]))).toMatchObject({
    schema: "jflow.ls/v1",
    flows: [{ name: "tellers" }],
  });
  expect(await rig.ok(["health"])).toContain("tellers green");
  expect((await rig.jflow(["ps", "nobody"])).code, "an address that does not exist").toBe(3);
  expect((await rig.jflow(["up", "-d"])).stderr, "up of a running flow").toContain(
    "runs as its file says",
  );
  expect((await rig.jflow(["ps"])).stderr, "ps of unchanged files").toBe("");
  appendFileSync(join(rig.folder, "teller.ts"), "// a change\n");
  for (const args of [["ps"], ["start", "teller"]])
    expect((await rig.jflow(args)).stderr, args.join(" ")).toContain(
      "! teller runs older code: teller.ts changed\n  jflow up takes the changes\n",
    );
  await rig.ok(["up", "-d"]);
  expect((await rig.jflow(["ps"])).stderr, "ps after up").toBe("");
  const pids = await pidsOf(rig);
  await rig.ok(["down"]);
  expect(await areGone(pids), `some of ${pids.join(", ")} live after down`).toBe(true);
  const again = await rig.jflow(["down"]);
  expect([again.code, again.stderr.trim()]).toEqual([0, "the flow is not running"]);
  expect((await rig.jflow(["ps"])).code).toBe(3);
});

test("a command with another XDG_RUNTIME_DIR, as in a cron job, finds the flow by its file", async () => {
  await using rig = openTellers();
  await rig.up();
  const jflow = join(import.meta.dirname, "../../bin/jflow.js");
  const ps = rig.run([
    "env",
    `XDG_RUNTIME_DIR=${join(rig.folder, "cron")}`,
    process.execPath,
    jflow,
    "ps",
    "-q",
  ]);
  expect((await ps.finished).stdout).toBe("gateway/0/0\nteller/0/0\nteller/0/1\n");
});

describe("a flow that cannot start leaves no process behind", () => {
  const withExecutor = (body: string): [string, string] => [
    "jtype: Flow\nwith: { protocol: http, port: 0 }\nexecutors: [{ name: bad, uses: ./bad.ts, timeout_ready: 3s }]\n",
    `import { Executor } from "jflow";\nexport class Bad extends Executor {\n  static override readonly requests = { "/a": "a" };\n  a(): void {}\n${body}\n}\n`,
  ];
  test.each([
    {
      name: "throws in load",
      body: `load(): void { console.log("loading the model"); throw new Error("no model at /models/x"); }`,
      code: 4,
      says: ["no model at /models/x", "loading the model"],
    },
    {
      name: "exits during the start",
      body: `load(): void { process.exit(3); }`,
      code: 4,
      says: ["bad/0/0", "exited with code 3"],
    },
    {
      name: "is never ready",
      body: `async load(): Promise<void> { await new Promise((never) => setTimeout(never, 60_000)); }`,
      code: 4,
      says: ["bad/0/0", "3 s"],
    },
    { name: "does not compile", body: `oops(`, code: 2, says: ["bad.ts", "error"] },
  ])("an executor that $name: exit $code", async ({ body, code, says }) => {
    const [flow, executor] = withExecutor(body);
    await using rig = new Rig(flow);
    rig.write("bad.ts", executor);
    const result = await rig.jflow(["up", "-d"]);
    expect(result.code, result.stderr).toBe(code);
    for (const text of says) expect(result.stderr).toContain(text);
    expect(await rig.ok(["ls", "-o", "json"])).toContain('"flows":[]');
  });

  test("a Python process that cannot start its executor shows the cause and its earlier output once", async () => {
    const python = "#!/bin/sh\necho looking for the model >&2\necho no model here >&2\nexit 78\n";
    await using rig = new Rig(
      "jtype: Flow\nwith: { port: 0 }\nexecutors: [{ name: bad, uses: Bad, py_modules: [bad.py] }]\n",
      {
        JFLOW_PYTHON: "./python",
      },
    );
    rig.write("bad.py", "");
    chmodSync(rig.write("python", python), 0o755);
    const { stderr } = await rig.jflow(["up", "-d"]);
    expect(stderr.split("\n").filter((line) => !line.startsWith("gateway"))).toEqual([
      expect.stringMatching(/^bad\/0\/0 failed: no model here \(/),
      "the flow did not start: bad/0/0: no model here",
      "--- last output of bad/0/0",
      "looking for the model",
      "",
    ]);
  });

  test("the error about a port in use names the process", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await using rig = openTellers(TELLER.replace("[0, 0]", `[${port}, 0]`));
    const result = await rig.jflow(["up", "-d"]);
    server.close();
    expect(result.code).toBe(4);
    expect(result.stderr).toContain(`127.0.0.1:${port} is taken by pid ${process.pid}`);
  });

  test("a flow file with errors shows all of them at once, exit 2", async () => {
    await using rig = new Rig(
      "jtype: Flow\nexecutors:\n  - { name: a, uses: ./nope.ts, replcias: 2 }\n  - { name: b, needs: [c] }\n",
    );
    const result = await rig.jflow(["up", "-d"]);
    expect(result.code).toBe(2);
    for (const text of [
      "flow.yml:3:",
      "./nope.ts does not exist",
      'did you mean "replicas"',
      'needs "c"',
      "3 errors in flow.yml",
    ])
      expect(result.stderr).toContain(text);
  });

  test.each([
    { args: ["up", "nowhere.yml"], code: 3, says: "does not exist" },
    { args: ["up"], code: 3, says: "jflow init" },
    { args: ["frobnicate"], code: 2, says: "unknown command" },
    { args: ["up", "--frob"], code: 2, says: "unknown option" },
    {
      args: ["post", "/index", "--host", "grpc://127.0.0.1:1", "--text", "x"],
      code: 1,
      says: "127.0.0.1:1",
    },
    { args: ["post", "/index", "--host", "nonsense", "--text", "x"], code: 2, says: "--host" },
    {
      args: ["post", "/index", "--host", "127.0.0.1:99999", "--text", "x"],
      code: 2,
      says: "the port 99999 is not between 1 and 65,535",
    },
    { args: ["explain", "a b"], code: 2, says: "is not an address" },
  ])("jflow $args: exit $code", async ({ args, code, says }) => {
    await using rig = new Rig(undefined);
    const result = await rig.jflow(args);
    expect(result.code, result.stderr).toBe(code);
    expect(result.stderr).toContain(says);
    expect(result.stdout).toBe("");
  });
});

describe("an attached flow", () => {
  test("shows the output of replicas, drains at the first Ctrl-C and exits 0", async () => {
    await using rig = openTellers();
    const up = rig.start(["up"]);
    await eventually("the flow is ready", async () =>
      up.output().includes("Flow is ready to serve"),
    );
    expect(up.output()).toMatch(/http +http:\/\/127\.0\.0\.1:\d+/);
    const pids = await pidsOf(rig);
    await rig.signal("teller/0/1", "SIGKILL");
    await eventually("the exit is shown", async () =>
      /teller\/0\/1 (?:backoff|starting)/.test(up.output()),
    );
    up.child.kill("SIGINT");
    expect((await up.finished).code).toBe(0);
    await eventually("no process is left", async () => areGone(pids));
  });

  test("shows a saved file with an error and its place, and drains at Ctrl-C", async () => {
    await using rig = openTellers();
    const up = rig.start(["up", "--watch"]);
    const shown = async (pattern: RegExp): Promise<boolean> =>
      eventually(`${pattern} is shown`, async () => pattern.test(up.output()));
    await shown(/^watch: \d files? (?:is|are) watched$/m);
    const code = readFileSync(join(rig.folder, "teller.ts"), "utf8");
    const lines = code.split("\n").length;
    rig.write("teller.ts", `${code}\nconst = 1;\n`);
    await shown(/^watch: teller\.ts saved: .*does not compile\n.*teller\.ts:\d+:7: error: /m);
    expect(up.output()).toContain(`teller.ts:${lines + 1}:7: error: `);
    rig.write("teller.ts", code);
    await shown(/^watch: teller\.ts saved: no process is affected$/m);
    up.child.kill("SIGINT");
    expect((await up.finished).code).toBe(0);
  });

  test("Ctrl-C during the start stops the flow, exit 130", async () => {
    await using rig = new Rig(
      "jtype: Flow\nwith: { protocol: http, port: 0 }\nexecutors: [{ name: slow, uses: ./slow.ts }]\n",
    );
    rig.write(
      "slow.ts",
      `import { Executor } from "jflow";\nexport class Slow extends Executor {\n  static override readonly requests = { "/a": "a" };\n  a(): void {}\n  async load(): Promise<void> { console.log("loading"); await new Promise((never) => setTimeout(never, 60_000)); }\n}\n`,
    );
    const up = rig.start(["up"]);
    await eventually("the executor loads", async () => up.output().includes("loading"));
    up.child.kill("SIGINT");
    expect((await up.finished).code).toBe(130);
    expect(await rig.ok(["ls", "-o", "json"])).toContain('"flows":[]');
  });

  test("a second Ctrl-C kills a flow that does not drain", async () => {
    await using rig = openTellers();
    const up = rig.start(["up"]);
    await eventually("ready", async () => up.output().includes("Flow is ready to serve"));
    const pids = await pidsOf(rig);
    const stuck = rig.start(["post", "/tell", "--text", "wait:60000", "--progress", "none"]);
    await eventually("the request is in flight", async () =>
      (await rig.status()).replicas.some(({ inflight }) => inflight > 0),
    );
    up.child.kill("SIGINT");
    await eventually("the flow stops", async () => up.output().includes("stopping"));
    up.child.kill("SIGINT");
    expect((await up.finished).code).toBe(130);
    await eventually("no process is left", async () => areGone(pids));
    expect((await stuck.finished).code).not.toBe(0);
  });

  test("the flow ends with its terminal", async () => {
    await using rig = openTellers();
    const up = rig.start(["up"]);
    await eventually("ready", async () => up.output().includes("Flow is ready to serve"));
    const pids = await pidsOf(rig);
    up.child.kill("SIGKILL");
    expect(await eventually("no process is left", async () => areGone(pids))).toBe(true);
  });
});

test("all processes end with a killed supervisor, even a busy one, and the next up works", async () => {
  await using rig = openTellers();
  await rig.up();
  const pids = await pidsOf(rig);
  const busy = rig.start(["post", "/tell", "--text", "busy:60000", "--progress", "none"]);
  await eventually("a worker is busy", async () =>
    (await rig.status()).replicas.some(({ inflight }) => inflight > 0),
  );
  process.kill(pids[0]!, "SIGKILL");
  await eventually("no child is left", async () => areGone(pids), 5_000);
  expect((await busy.finished).code).not.toBe(0);
  await rig.up();
  expect((await rig.status()).flow.health).toBe("green");
});

test("logs selects by address, follows a restart, and shows the output of a stopped flow", async () => {
  await using rig = new Rig(TELLER);
  rig.write(
    "teller.ts",
    `import { Executor } from "jflow";\nexport class Teller extends Executor {\n  static override readonly requests = { "/tell": "tell" };\n  load(): void { console.log("born " + this.replica); }\n  tell(): void { console.error("told"); }\n}\n`,
  );
  await rig.up();
  expect(await rig.ok(["logs", "teller/0/1"])).toBe(
    "teller/0/1 | [jflow] the process starts\nteller/0/1 | born 1\nteller/0/1 | [jflow] ready\n",
  );
  const follow = rig.start(["logs", "teller/0/1", "-f", "-t"]);
  const all = rig.start(["logs", "teller", "-f", "-n", "0"]);
  await eventually("the first line is shown", async () => follow.output().includes("born 1"));
  await rig.signal("teller/0/1", "SIGKILL");
  await eventually(
    "the line after the restart is shown",
    async () => follow.output().split("ready").length === 3,
  );
  expect(
    follow
      .output()
      .split("\n")
      .slice(0, -1)
      .map((line) => line.split("Z ")[1]),
  ).toEqual([
    "[jflow] the process starts",
    "born 1",
    "[jflow] ready",
    "[jflow] killed by SIGKILL",
    expect.stringMatching(/^\[jflow\] restarts in 0\.[4-6] s$/) as string,
    "[jflow] the process starts",
    "born 1",
    "[jflow] ready",
  ]);
  expect(follow.output()).toMatch(/teller\/0\/1 \| \d{4}-\d\d-\d\dT[\d:.]+Z born 1/);
  await rig.ok(["scale", "teller=3"]);
  await eventually("a new replica is followed", async () => all.output().includes("born 2"));
  for (const running of [follow, all]) {
    running.child.kill("SIGINT");
    expect((await running.finished).code).toBe(130);
  }
  const previous = await rig.ok(["logs", "teller/0/1", "--previous"]);
  expect(previous.replace(/restarts in [\d.]+ s/, "restarts")).toBe(
    [
      "[jflow] the process starts",
      "born 1",
      "[jflow] ready",
      "[jflow] killed by SIGKILL",
      "[jflow] restarts",
    ]
      .map((text) => `teller/0/1 | ${text}\n`)
      .join(""),
  );
  const json = await rig.ok(["logs", "teller", "--json", "--grep", "^born [02]$"]);
  expect(json.replaceAll(/"time":"[-\d]{10}T[:.\d]{12}Z",/g, "")).toBe(
    `{"address":"teller/0/0","stream":"stdout","text":"born 0"}\n{"address":"teller/0/2","stream":"stdout","text":"born 2"}\n`,
  );
  const unstarted = await rig.jflow(["logs", "teller/0/0", "--previous"]);
  expect([unstarted.code, unstarted.stderr]).toEqual([
    3,
    "jflow: teller/0/0 has no previous process: no replica has been restarted\n",
  ]);
  await rig.ok(["scale", "teller=2"]);
  expect(await rig.ok(["logs", "teller/0/2", "--grep", "born"])).toBe("teller/0/2 | born 2\n");
  expect(await rig.ok(["logs", "-n", "0", "--since", "100d"])).toBe("");
  await rig.ok(["stop", "teller/0/0"]);
  expect(await rig.ok(["logs", "teller/0/0", "-n", "1"])).toContain("[jflow] stopped by the user");
  await rig.ok(["down"]);
  expect(await rig.ok(["logs", "teller/0/1", "-n", "1"])).toContain(
    "[jflow] stopped with the flow",
  );
});

test("wait ends with the start, the stop or the failure of replicas, and names what is late", async () => {
  await using rig = openTellers();
  await rig.ok(["up", "--no-wait"]);
  const started = await rig.jflow(["wait"]);
  expect([started.code, started.stderr.split("\n").at(-2)]).toEqual([0, "the flow is ready"]);
  const stop = await startWait(rig, "teller/0/1", "--for", "stopped");
  expect((await rig.jflow(["wait", "teller", "--for", "green"])).code).toBe(0);
  await rig.ok(["stop", "teller/0/1"]);
  expect((await stop.finished).code).toBe(0);
  const late = await rig.jflow(["wait", "teller/0", "gateway", "--timeout", "1s"]);
  expect([late.code, late.stderr.split("\n").slice(1)]).toEqual([
    4,
    ["not ready within 1 s:", "  teller/0/1 stopped", ""],
  ]);
  const unready = await startWait(rig, "--timeout", "1m");
  const end = await startWait(rig, "--for", "stopped");
  await rig.ok(["down"]);
  expect((await end.finished).code).toBe(0);
  const { code, stderr } = await unready.finished;
  expect([code, stderr.split("\n")[1]]).toEqual([1, "the flow stopped: the flow is not ready"]);
  expect((await rig.jflow(["wait", "--for", "stopped"])).code).toBe(0);
  expect((await rig.jflow(["wait"])).code).toBe(3);
});

/** Starts `jflow wait`. Resolves when the command waits. */
async function startWait(rig: Rig, ...args: readonly string[]): Promise<Running> {
  const wait = rig.start(["wait", ...args]);
  await eventually("the command waits", async () => wait.output().includes("waiting until"));
  return wait;
}

test("two flows in folders with the same name are independent", async () => {
  await using one = openTellers();
  await using two = openTellers();
  await Promise.all([one.up(), two.up()]);
  await one.ok(["down"]);
  expect((await two.status()).flow.health).toBe("green");
});

test("variables of env files reach the flow file and its processes, and a changed file is a change", async () => {
  await using rig = new Rig(
    [
      "jtype: Flow",
      "with: { protocol: http, port: 0 }",
      "executors:",
      "  - { name: teller, uses: ./teller.ts, replicas: '${COPIES}', env: { OWN: own } }",
      "",
    ].join("\n"),
    { SHELL_WINS: "shell" },
  );
  rig.write(
    "teller.ts",
    `import { Executor } from "jflow";\nexport class Teller extends Executor {\n  load(): void { console.log(["COPIES", "WORD", "SHELL_WINS", "OWN"].map((name) => process.env[name]).join(" ")); }\n}\n`,
  );
  rig.write(".env", "COPIES=1\nWORD=beside\nSHELL_WINS=file\nOWN=file\n");
  rig.write("more.env", 'export WORD="${SHELL_WINS:+given}" # comment\n');
  await rig.ok(["up", "-d", "--env-file", "more.env"]);
  const told = ["logs", "teller", "--grep", "own", "-n", "1"];
  expect(await rig.ok(told)).toBe("teller/0/0 | 1 given shell own\n");
  const dryRun = ["up", "--dry-run", "--exit-code"];
  expect((await rig.jflow([...dryRun, "--env-file", "more.env"])).code).toBe(0);
  const without = await rig.jflow(dryRun);
  expect([without.code, without.stdout]).toEqual([1, expect.stringContaining("~ teller")]);
  rig.write(".env", "COPIES=2\nWORD=later\n");
  await rig.ok(["up", "-d"]);
  expect(await rig.ok(["logs", "teller/0/1", "--grep", "own"])).toContain("2 later shell own");
  expect(await rig.ok(["config", "--show-env"])).toContain("WORD: later");
  rig.write(".env", 'COPIES=2\nmy word="x"\n');
  const { code, stderr } = await rig.jflow(["config", "-q"]);
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining('.env:2:1: error: "my word" is not the name of a variable'),
  ]);
  // Node.js before version 24 looks for the file itself.
  expect([3, 9]).toContain((await rig.jflow(["up", "--env-file", "none.env"])).code);
}, 120_000);

test("bash completes commands, options, addresses of the running flow and flow files", async () => {
  await using rig = openTellers();
  await rig.up();
  rig.write("other.yaml", "");
  const complete = async (line: string): Promise<readonly string[]> => {
    const script = [
      `source <(${process.execPath} ${BIN} completion bash)`,
      `jflow() { ${process.execPath} ${BIN} "$@"; }`,
      `COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}`,
      `_jflow; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ].join("\n");
    const { stdout } = await rig.run(["bash", "-c", script]).finished;
    return stdout.split("\n").filter((word) => word !== "");
  };
  expect(await complete("jflow res")).toEqual(["restart", "restore", "reshard"]);
  expect(await complete("jflow logs t")).toEqual([
    "teller",
    "teller/0",
    "teller/0/0",
    "teller/0/1",
  ]);
  expect(await complete("jflow restart -f flow.yml gateway teller/0/")).toEqual([
    "teller/0/0",
    "teller/0/1",
  ]);
  expect(await complete("jflow scale te")).toEqual(["teller="]);
  expect(await complete("jflow wait --for s")).toEqual(["stopped"]);
  expect(await complete("jflow wait --for=s")).toEqual(["stopped"]);
  expect(await complete("jflow ps --exit")).toEqual(["--exit-code"]);
  expect(await complete("jflow up ")).toEqual(["flow.yml", "other.yaml", "run/"]);
  expect(await complete("jflow down --name ")).toEqual(["tellers"]);
}, 60_000);

describe("output", () => {
  test("only data is on stdout, and a reader that closes the pipe is not an error", async () => {
    await using rig = openTellers();
    await rig.up();
    for (const args of [
      ["ps", "-o", "json"],
      ["shards", "-o", "json"],
      ["health", "-o", "json"],
      ["verify", "-o", "json"],
      ["ls", "-o", "json"],
      ["version", "-o", "json"],
      ["config", "-o", "json"],
      ["schema"],
    ]) {
      const { code, stdout } = await rig.jflow(args);
      expect(code, args.join(" ")).toBe(0);
      expect(() => JSON.parse(stdout) as unknown, args.join(" ")).not.toThrow();
    }
    const ps = rig.start(["ps"]);
    ps.child.stdout!.destroy();
    expect((await ps.finished).code).toBe(0);
  });

  test("a reader that stops early does not undo the start of a detached flow", async () => {
    await using rig = openTellers();
    const up = rig.start(["up", "-d"]);
    up.child.stderr!.destroy();
    expect((await up.finished).code).toBe(0);
    expect((await rig.status()).flow.state).toBe("ready");
  });

  test("config shows defaults, variables and the polling of each endpoint", async () => {
    await using rig = openTellers(
      "jtype: Flow\nexecutors:\n  - name: index\n    uses: HNSWIndexer\n    shards: 2\n    uses_with:\n      dim: ${DIM:-8}\n",
    );
    const text = await rig.ok(["config"]);
    for (const line of ["dim: 8", "/index: HASH", "/search: ALL", "/status: ALL", "replicas: 1"])
      expect(text).toContain(line);
  });

  test("--help lists every command", async () => {
    await using rig = new Rig(undefined);
    const text = await rig.ok(["--help"]);
    for (const name of [
      "init",
      "up",
      "post",
      "down",
      "ps",
      "logs",
      "ls",
      "config",
      "shards",
      "health",
      "explain",
      "verify",
    ])
      expect(text).toContain(`  ${name} `);
  });
});

test("the gateway listens on loopback only", async () => {
  await using rig = openTellers();
  await rig.up();
  const { flow } = await rig.status();
  expect(Object.values(flow.gateway).every((door) => door.includes("127.0.0.1"))).toBe(true);
  const socket = connect(Number(flow.gateway["grpc"]!.split(":").at(-1)), "127.0.0.1");
  await once(socket, "connect");
  socket.destroy();
});
