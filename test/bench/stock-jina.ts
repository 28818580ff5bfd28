/**
 * Requests per second of jflow's gateway beside stock Jina's, the same flow in the same run, in
 * turns: a no-op executor, one document per request. Needs the environments of the comparison with
 * stock Jina (`bash test/interop/setup.sh` makes them) and dist/; then `node .config/run.mjs
 * test/bench/stock-jina.ts [seconds per case]`. Both executors are each product's own: Python
 * there, TypeScript here.
 */
import { JinaPeer } from "../../src/wire/jina/client/jina-peer.ts";
import { DataRequest, makeRequestId } from "../../src/wire/jina/messages/data-request.ts";
import { Document } from "../../src/document/document.ts";
import { startJflow, startJina, type Side } from "../interop/side.ts";
import { Stock } from "../interop/stock.ts";

const SECONDS = Number(process.argv[2] ?? 3);
const ROUNDS = 3;
const MAX_BYTES = 16 * 1024 * 1024;

interface Load {
  readonly name: string;
  readonly bytes: number;
  readonly inFlight: number;
  readonly isStream: boolean;
}

const LOADS: readonly Load[] = [
  { name: "stream, 1 KB, 64 in flight", bytes: 1024, inFlight: 64, isStream: true },
  { name: "unary, 1 KB, 64 in flight", bytes: 1024, inFlight: 64, isStream: false },
  { name: "stream, 100 KB, 16 in flight", bytes: 100 * 1024, inFlight: 16, isStream: true },
];

const FLOWS = [
  { name: "one executor", executors: "  - {name: echo, uses: @Twin}\n" },
  { name: "4 shards, ALL", executors: "  - {name: echo, uses: @Twin, shards: 4, polling: ALL}\n" },
];

function makeRequest(bytes: number): Uint8Array {
  return DataRequest.make({
    header: { requestId: makeRequestId(), execEndpoint: "/echo", targetExecutor: "" },
    documents: [new Document({ id: "1", text: "x".repeat(bytes) }).encode()],
  }).toBytes();
}

/** Requests answered per second, after half a second of warming up. */
async function measure(side: Side, { bytes, inFlight, isStream }: Load): Promise<number> {
  const peer = new JinaPeer(`127.0.0.1:${side.ports.grpc}`, { maxMessageBytes: MAX_BYTES });
  const warmMs = performance.now() + 500;
  const endMs = warmMs + SECONDS * 1000;
  let counted = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const request = makeRequest(bytes);
      await (isStream ? peer.call(request) : peer.processSingleData(request));
      if (performance.now() > warmMs) counted += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  peer.close();
  return counted / SECONDS;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]!;
}

async function compare(stock: Stock, flow: (typeof FLOWS)[number]): Promise<void> {
  const text = `jtype: Flow\nwith: {@listen}\nexecutors:\n${flow.executors}`;
  await using jina = await startJina(stock, text);
  await using jflow = await startJflow(stock, text, "v1");
  for (const load of LOADS) {
    const rates = { jina: [] as number[], jflow: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      rates.jina.push(await measure(jina, load));
      rates.jflow.push(await measure(jflow, load));
    }
    const [theirs, ours] = [median(rates.jina), median(rates.jflow)];
    process.stdout.write(
      `${flow.name}, ${load.name}: Jina ${theirs.toFixed(0)}/s, jflow ${ours.toFixed(0)}/s, ratio ${(ours / theirs).toFixed(1)}\n`,
    );
  }
}

await using stock = new Stock("v1");
for (const flow of FLOWS) await compare(stock, flow);
