import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { describeFirstProcess } from "../../src/cli/commands/run/up.ts";
import { flowPaths } from "../../src/model/paths.ts";
import { runCli } from "./run-cli.ts";

const folder = mkdtempSync(join(tmpdir(), "jflow-program-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "my.yml"), "jtype: Flow\nwith: { port: 0 }\nexecutors:\n  - name: a\n");

/** Runs a command in a folder without a running flow. */
async function jflow(...args: string[]): ReturnType<typeof runCli> {
  const env = { XDG_RUNTIME_DIR: join(folder, "run"), NO_COLOR: "1" };
  return runCli(args, { cwd: folder, env });
}

/** Runs a command and returns its exit code and stderr. */
async function endOf(...args: string[]): Promise<[number, string]> {
  const { code, stderr } = await jflow(...args);
  return [code, stderr];
}

/** An exit code, and a part of stderr. */
const end = (code: number, text: string): unknown => [code, expect.stringContaining(text)];

describe("-f and --file name the flow file", () => {
  test.each([
    ["-f", "my.yml", "config", "-q"],
    ["--file", "my.yml", "config", "-q"],
    ["config", "-q", "-f", "my.yml"],
    ["config", "-q", "--file", "my.yml"],
    ["config", "-q", "my.yml"],
    ["-f", "missing.yml", "config", "-q", "-f", "my.yml"],
    ["-f", "my.yml", "ls"],
    ["ls", "-f", "my.yml"],
    ["down", "-f", "my.yml"],
    ["-f", "my.yml", "down"],
    ["-f", "my.yml", "logs"],
    ["logs", "--file", "my.yml"],
    ["version", "-f", "my.yml"],
    ["schema", "--file", "my.yml"],
  ])("%s %s %s %s", async (...args) => {
    const { code, stderr } = await jflow(...args.filter((arg) => arg !== undefined));
    expect(code, stderr).toBe(0);
  });

  test.each([
    "ps",
    "health",
    "shards",
    "verify",
    "explain a",
    "stop a",
    "start a",
    "post /a --text x",
    "search x",
  ])("%s accepts both, and before the command", async (line) => {
    const args = line.split(" ");
    for (const given of [
      ["-f", "my.yml", ...args],
      [...args, "-f", "my.yml"],
      [...args, "--file", "my.yml"],
    ])
      expect(await endOf(...given)).toEqual(end(3, "my.yml is not running"));
  });

  test("two flow files are refused", async () => {
    const text = "jflow: name the flow file once: my.yml, or --file other.yml";
    expect(await endOf("config", "my.yml", "-f", "other.yml")).toEqual(end(2, text));
  });

  test("logs -f follows, and a file in the place of the address names --file", async () => {
    const text = "select the flow with --file my.yml; -f follows";
    expect(await endOf("logs", "-f", "my.yml", "--file", "my.yml")).toEqual(end(2, text));
  });
});

describe("words of other tools, and missing or surplus arguments, lead to what exists", () => {
  test.each([
    { line: "status", use: "jflow ps" },
    { line: "monitor", use: "jflow top" },
    { line: "kill a/0/0", use: "jflow stop <address>" },
    { line: "exec a sh", use: "jflow ps -o wide" },
    { line: "reload", use: "jflow restart" },
    { line: "ps -a", use: "lists stopped replicas, too" },
    { line: "ps --format json", use: "-o, such as -o json" },
    { line: "down --volumes", use: "rm -r .jflow" },
    { line: "ps --namespace x", use: "--name" },
    { line: "inspect indexer/0/0", use: "jflow describe <address>" },
    { line: "get pods", use: "jflow ps" },
    { line: "help get", use: "jflow ps" },
    { line: "watch", use: "jflow ps -w" },
    { line: "import data.jsonl", use: "jflow post /index --input data.jsonl" },
    { line: "port-forward", use: "jflow ps" },
    { line: "up --wait", use: "jflow up -d returns when the flow is ready" },
    { line: "up --scale encoder=3", use: "jflow scale <executor>=<number>" },
    { line: "down --remove-orphans", use: "stops every process" },
    { line: "ps --filter status=running", use: "an address for jflow ps" },
    { line: "search --top-n 3 x", use: "-n for jflow search" },
    { line: "explain", use: "the address is missing: jflow ps lists the addresses" },
    { line: "stop", use: "the address is missing: jflow ps lists the addresses" },
    { line: "post", use: "the endpoint is missing: write, for example, jflow post /index" },
    { line: "post /search lamp", use: 'too many arguments: use --text "..." for a text' },
    { line: "post /index --input a.csv b.csv", use: 'quote a pattern (--input "*.jsonl")' },
    { line: "search", use: 'the text is missing: write, for example, jflow search "a small dog"' },
    { line: "reshard --shards 2", use: "the executor is missing: jflow ps lists the executors" },
  ])("$line", async ({ line, use }) => {
    const [code, stderr] = await endOf(...line.split(" "));
    expect([code, stderr]).toEqual(end(2, use));
    expect(stderr).not.toContain("Did you mean");
  });

  test("another unknown word gets the nearest command", async () => {
    expect((await jflow("shard")).stderr).toContain("Did you mean shards?");
  });
});

test("logs of an unknown address lists the addresses", async () => {
  const { output } = flowPaths(realpathSync(join(folder, "my.yml")));
  mkdirSync(output, { recursive: true });
  writeFileSync(join(output, "a-0-0.log"), "");
  const { code, stderr } = await jflow("logs", "missing", "--file", "my.yml");
  expect([code, stderr]).toEqual([3, "jflow: the flow has no address missing: it has a\n"]);
  expect((await jflow("logs", "a/0", "--file", "my.yml")).code).toBe(0);
});

test("ls names the folder in which no flow runs: the one for temporary files without XDG_RUNTIME_DIR", async () => {
  vi.stubEnv("TMPDIR", folder);
  const root = join(folder, `jflow-${process.getuid!()}`);
  expect((await jflow("ls")).stderr).toBe(`no flow is running in ${root}\n`);
  vi.unstubAllEnvs();
  mkdirSync(join(folder, "run"));
  const { code, stderr } = await jflow("ls");
  expect([code, stderr]).toEqual([0, `no flow is running in ${join(folder, "run", "jflow")}\n`]);
  expect((await jflow("ls", "--help")).stdout).toContain("with the same XDG_RUNTIME_DIR");
});

test("up warns as process 1 that ended processes remain", () => {
  expect(describeFirstProcess(2)).toEqual([]);
  expect(describeFirstProcess(1)).toEqual([expect.stringContaining("docker run --init")]);
});

test("color options are accepted after the command, too", async () => {
  expect((await jflow("ls", "--no-color")).code).toBe(0);
  expect((await jflow("ls", "--color")).code).toBe(0);
});
