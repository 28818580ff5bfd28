// The gateway's cost against a raw grpc-js unary echo, in one interleaved run: requests/s, one
// document per request. Needs dist/ (`npm run build`); then `node test/bench/gateway-echo.mjs
// [seconds per case] [part of a case's name]`. Figures vary with the machine; the ratios count.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const SECONDS = Number(process.argv[2] ?? 3);
const ROUNDS = 3;
const ONLY = process.argv[3];
const CASES = [
  { name: "1 KB, 1 in flight", bytes: 1024, inFlight: 1 },
  { name: "1 KB, 64 in flight", bytes: 1024, inFlight: 64 },
  { name: "100 KB, 1 in flight", bytes: 100 * 1024, inFlight: 1 },
  { name: "100 KB, 16 in flight", bytes: 100 * 1024, inFlight: 16 },
];
const part = fileURLToPath(new URL("gateway-echo-part.mjs", import.meta.url));

/** Starts one process of the benchmark and resolves with what it says first. */
async function start(kind, settings = {}) {
  const child = fork(part, [kind, JSON.stringify(settings)], {
    execArgv: kind === "gateway" ? process.execArgv : [],
  });
  const said = await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`${kind} ended with ${code}`)));
  });
  return { child, ...said };
}

/** One question to a running process. */
async function ask(process, question) {
  process.child.send(question);
  return new Promise((resolve) => process.child.once("message", resolve));
}

/** Requests/s of one case, and the CPU that a request costs the process in the middle. */
async function measure(server, settings) {
  const before = await ask(server, "cpu");
  const { perSecond, requests } = await ask(load, settings);
  const after = await ask(server, "cpu");
  return { perSecond, cpuUs: (after.us - before.us) / requests };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

const worker = await start("worker");
const echo = await start("echo");
const gateway = await start("gateway", { worker: worker.port });
const load = await start("load", { gateway: gateway.port, echo: echo.port });
try {
  const heads = ["gateway/s", "raw echo/s", "ratio", "CPU us", "echo CPU us"];
  console.log("case".padEnd(22) + heads.map((head) => head.padStart(12)).join(""));
  for (const one of CASES.filter(({ name }) => name.includes(ONLY ?? ""))) {
    const rounds = [];
    for (let round = 0; round < ROUNDS; round++) {
      const ours = await measure(gateway, { ...one, target: "gateway", seconds: SECONDS });
      const raw = await measure(echo, { ...one, target: "echo", seconds: SECONDS });
      rounds.push({ ours: ours.perSecond, raw: raw.perSecond, cpu: ours.cpuUs, rawCpu: raw.cpuUs });
    }
    const [ours, raw, cpu, rawCpu] = ["ours", "raw", "cpu", "rawCpu"].map((key) =>
      median(rounds.map((round) => round[key])),
    );
    const cells = [
      ours.toFixed(0),
      raw.toFixed(0),
      (ours / raw).toFixed(2),
      cpu.toFixed(0),
      rawCpu.toFixed(0),
    ];
    console.log(one.name.padEnd(22) + cells.map((cell) => cell.padStart(12)).join(""));
  }
} finally {
  for (const { child } of [load, gateway, echo, worker]) child.disconnect();
}
