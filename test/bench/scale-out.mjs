// node test/bench/scale-out.mjs [rounds]: 115 requests to an executor that takes 50 ms for each,
// with one replica and with two, interleaved. The executor first waits (as for a device or another
// service), then computes (as a model on the CPU does). Needs `npm run build`.
import { Client } from "../../dist/client/client.js";
import { median, withFlow } from "./flow.mjs";

const REQUESTS = 115;
const ROUNDS = Number(process.argv[2] ?? 3);
const KINDS = [
  { kind: "waits", env: { WAIT_MS: "50", COMPUTE_MS: "0" } },
  { kind: "computes", env: { WAIT_MS: "0", COMPUTE_MS: "50" } },
];

/** Seconds that the requests take. */
async function measure(port) {
  const client = new Client({ port });
  const inputs = Array.from({ length: REQUESTS }, (_, i) => ({ id: `d${i}`, text: "x" }));
  const began = performance.now();
  let answered = 0;
  for await (const document of client.post("/index", { inputs, requestSize: 1, concurrency: 64 }))
    answered += document.id === "" ? 0 : 1;
  client.close();
  if (answered !== REQUESTS) throw new Error(`${answered} of ${REQUESTS} documents came back`);
  return (performance.now() - began) / 1000;
}

for (const { kind, env } of KINDS) {
  const seconds = { 1: [], 2: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const replicas of [1, 2]) {
      const settings = { ...env, PORT: "0", REPLICAS: String(replicas) };
      seconds[replicas].push(await withFlow("scale-out", settings, (_, port) => measure(port)));
    }
  }
  const [one, two] = [median(seconds[1]), median(seconds[2])];
  console.log(
    `an executor that ${kind} 50 ms: ${REQUESTS} requests in ${one.toFixed(2)} s with 1 replica (${(REQUESTS / one).toFixed(1)}/s), ` +
      `${two.toFixed(2)} s with 2 (${(REQUESTS / two).toFixed(1)}/s): ratio ${(one / two).toFixed(2)}`,
  );
}
