// `npm run interop [words]` sends the same requests to the same flows of stock Jina and of jflow,
// and compares the answers field by field. It ends with a Markdown table. The words select
// scenarios by their names. The exit code is 1 where a difference is not documented.
import { existsSync } from "node:fs";
import {
  judge,
  listDifferences,
  settle,
  type Case,
  type Prepared,
  type Row,
  type Scenario,
} from "./case.ts";
import { SCENARIOS } from "./scenarios.ts";
import { standIn, startJflow, startJina, type Side } from "./side.ts";
import { pythonOf, Stock } from "./stock.ts";

/** How often stock Jina is asked before its answer counts as different. */
const ATTEMPTS = 3;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Starts again on other ports: another process may have taken one of the chosen ports. */
async function startStockFlow(stock: Stock, flow: string, env: Prepared["env"]): Promise<Side> {
  return startJina(stock, flow, env).catch(async () => startJina(stock, flow, env));
}

const NOTHING_PREPARED: Prepared = { values: {}, [Symbol.asyncDispose]: () => Promise.resolve() };

async function runScenario(stock: Stock, scenario: Scenario): Promise<readonly Row[]> {
  const { docarray = "v1" } = scenario;
  await using prepared = (await scenario.prepare?.(stock)) ?? NOTHING_PREPARED;
  const { values, env } = prepared;
  const fill = (text: string): string =>
    Object.entries(values).reduce(
      (filled, [key, value]) => filled.replaceAll(`@${key}`, String(value)),
      text,
    );
  const [jina, jflow] = await Promise.allSettled([
    scenario.instead === undefined
      ? startStockFlow(stock, fill(scenario.flow), env)
      : standIn(stock),
    startJflow(stock, fill(scenario.jflowFlow ?? scenario.flow), docarray, env),
  ]);
  try {
    if (jina.status === "rejected") return [failed(scenario, "its start", jina.reason)];
    if (jflow.status === "rejected") return [failed(scenario, "its start", jflow.reason)];
    const tell = (side: Side): Side => ({ ...side, values });
    return await askAll(scenario, [tell(jina.value), tell(jflow.value)]);
  } finally {
    for (const side of [jina, jflow])
      if (side.status === "fulfilled") await side.value[Symbol.asyncDispose]();
  }
}

async function askAll(scenario: Scenario, sides: readonly [Side, Side]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const one of scenario.cases) {
    try {
      rows.push(await askUntilJinaSettles(scenario, one, sides));
    } catch (error) {
      rows.push(failed(scenario, one.name, error));
    }
  }
  return rows;
}

/**
 * Asks stock Jina again where the answers differ: its answer may depend on the order of its tasks.
 * jflow's answer must be the same each time; a varying answer is a difference.
 */
async function askUntilJinaSettles(
  scenario: Scenario,
  one: Case,
  [jina, jflow]: readonly [Side, Side],
): Promise<Row> {
  const settled: unknown[] = [];
  for (let attempt = 1; ; attempt++) {
    const [theirs, ours] = await Promise.all([
      one.ask(jina).catch(describeFailure),
      one.ask(jflow),
    ]);
    settled.push(settle(ours));
    const [first, last] = [settled[0], settled.at(-1)];
    const varying = listDifferences(first, last);
    if (varying.length > 0)
      return failed(scenario, one.name, `jflow's own answers vary: ${varying.join("\n")}`);
    const row = judge(scenario, one, [theirs, ours]);
    if (row.verdict !== "DIFFERENT" || attempt === ATTEMPTS) return row;
  }
}

function describeFailure(error: unknown): unknown {
  return { threw: error instanceof Error ? error.message : String(error) };
}

function failed({ name: scenario }: Scenario, name: string, error: unknown): Row {
  const detail = error instanceof Error ? error.message : String(error);
  return { scenario, name, jina: "", jflow: "", verdict: "DIFFERENT", detail };
}

function printTable(rows: readonly Row[]): void {
  const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  say("\n| case | Jina | jflow | verdict |\n|---|---|---|---|");
  for (const { scenario, name, jina, jflow, verdict } of rows)
    say(`| ${scenario}: ${cell(name)} | ${cell(jina)} | ${cell(jflow)} | ${verdict} |`);
}

async function main(words: readonly string[]): Promise<number> {
  const chosen = SCENARIOS.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  const stocks = { v1: new Stock("v1"), v2: new Stock("v2") } as const;
  const rows: Row[] = [];
  try {
    for (const scenario of chosen) {
      const missing = scenario.findMissing?.();
      if (missing !== undefined) {
        say(`${scenario.name}: LEFT OUT: ${missing}`);
        continue;
      }
      const began = performance.now();
      const found = await runScenario(stocks[scenario.docarray ?? "v1"], scenario);
      const wrong = found.filter(({ verdict }) => verdict === "DIFFERENT");
      say(
        `${scenario.name}: ${found.length} cases, ${wrong.length} different, ${((performance.now() - began) / 1000).toFixed(1)} s`,
      );
      for (const { name, detail } of wrong)
        say(`  DIFFERENT ${name}\n    ${detail.replaceAll("\n", "\n    ")}`);
      rows.push(...found);
    }
  } finally {
    for (const stock of Object.values(stocks)) await stock[Symbol.asyncDispose]();
  }
  printTable(rows);
  const count = (wanted: string): number =>
    rows.filter(({ verdict }) => verdict.startsWith(wanted)).length;
  say(
    `\n${rows.length} cases: ${count("same")} same, ${count("deliberate")} deliberate, ${count("DIFFERENT")} different`,
  );
  return count("DIFFERENT") === 0 ? 0 : 1;
}

if (existsSync(pythonOf("v1")) && existsSync(pythonOf("v2")))
  process.exitCode = await main(process.argv.slice(2));
else say("interop: LEFT OUT: stock Jina is not installed (test/interop/setup.sh reports why)");
