import { expect, test } from "vitest";
import { formatDiagnostics, planReplicas, renderFlow } from "../../src/flow/flow.ts";
import { read } from "./reading.ts";

const GOOD = `!Flow
version: '1'
name: search
with: { prefetch: 10, replicas: 2, log_config: x }
env: { LOG: info, N: "2" }
gateway:
  protocol: [grpc, http]
  port: [8080, 8081]
  cors: yes
x-base: &base { replicas: 2, env: { A: 1 } }
executors:
  - name: encoder
    uses: ./enc.ts#Encoder
    uses_with: { model: "\${{ ENV.LOG }}", size: 3 }
    <<: *base
  - name: indexer
    uses: HNSWIndexer
    shards: \${N}
    polling: { /index: ANY, /search: ALL, '*': HASH }
    uses_after: MatchMerger
    timeout_ready: 5s
  - name: ranker
    needs: [encoder, indexer]
    restart: { max_restarts: 3 }
    durability: { async: 1s }
`;

/** Pieces that mean something to YAML, to variables, or to JavaScript. */
const PIECES = [
  ..."{ } [ ] : , - ? & * ! | > ' % @ ` # \\ $ ~ < 0 -1 1e999 .inf .nan null true yes on {} [] '' ${ ${X ${X} ${{ }} $$".split(
    " ",
  ),
  ...'${N:-${N}} &a *a <<: !!binary !!set !Flow !x " \ud800 \u0000 \u2028 \ufeff __proto__:'.split(
    " ",
  ),
  ..."\t|\n| |---\n|...\n|? |- |  |__proto__: {}|constructor: 1|toString|%YAML 1.1\n---\n|name: gateway\n|executors:\n".split(
    "|",
  ),
];

/** Numbers from 0 to 1 that are the same in each run (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function mutate(text: string, next: () => number): string {
  const at = Math.floor(next() * text.length);
  const length = Math.floor(next() * 12);
  const piece = PIECES[Math.floor(next() * PIECES.length)] ?? "";
  const other = Math.floor(next() * text.length);
  const kind = next();
  if (kind < 0.4) return text.slice(0, at) + piece + text.slice(at);
  if (kind < 0.7) return text.slice(0, at) + text.slice(at + length);
  return text.slice(0, at) + text.slice(other, other + length * 5) + text.slice(at);
}

test("no text makes the reader throw: each has a flow, or an error with a location in the text", () => {
  const next = random(20_241_124);
  for (let round = 0; round < 800; round += 1) {
    let text = GOOD;
    for (let step = 0; step <= round % 4; step += 1) text = mutate(text, next);
    const { flow, diagnostics } = read(text, { files: ["/p/enc.ts"] });
    const shown = JSON.stringify(text);
    expect(
      diagnostics.some(({ severity }) => severity === "error"),
      `an error exactly where there is no flow: ${shown}`,
    ).toBe(flow === undefined);
    const lines = text.split("\n").length;
    const outside = diagnostics.filter(
      ({ line, column, endLine }) => line < 1 || column < 1 || line > lines || endLine > lines,
    );
    expect(outside, `locations within ${shown}`).toEqual([]);
    expect(formatDiagnostics(diagnostics, text).length, `frames of ${shown}`).toBeLessThan(100_000);
    const replicas = flow === undefined ? [] : planReplicas(flow).replicas;
    expect(replicas.length > 0, `a plan exactly where there is a flow: ${shown}`).toBe(
      flow !== undefined,
    );
    const rendered = flow === undefined ? {} : renderFlow(flow);
    expect("executors" in rendered, `a rendering exactly where there is a flow: ${shown}`).toBe(
      flow !== undefined,
    );
  }
});

test("the flow that the mutations start from is valid", () => {
  expect(read(GOOD, { files: ["/p/enc.ts"] }).diagnostics.map(({ code }) => code)).toEqual([
    "ignored-keys",
  ]);
});
