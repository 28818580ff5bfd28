import { RULES } from "../../src/replication/replication.ts";
import { runSchedule } from "./schedule.ts";
const [, , mode, a, b] = process.argv;
if (mode === "one") {
  const r = runSchedule({ seed: Number(a), bias: b as "uniform", rules: RULES, onStep: (t) => console.log(t) });
  console.log(r);
} else {
  const start = Date.now();
  let steps = 0, acks = 0, bad = 0;
  const n = Number(a);
  const kinds = new Map<string, string>();
  for (let seed = 1; seed <= n; seed++) for (const bias of ["uniform", "biased"] as const) {
    const r = runSchedule({ seed, bias, rules: RULES });
    steps += r.steps; acks += r.acknowledged;
    if (r.violation) { bad++; const k = r.violation.replace(/[pc][\d.]+|\d+/g, "#"); if (!kinds.has(k)) kinds.set(k, `${bias} ${seed}: ${r.violation}`); }
  }
  console.log({ steps, acks, bad, ms: Date.now() - start }); for (const v of kinds.values()) console.log(v);
}
