import { expect, test } from "vitest";
import { isLate, type Waited } from "../../../src/worker/copy/lateness.ts";

const idle: Waited = {
  afterMs: 10_000,
  waitedMs: 10_000,
  heldUpMs: 1,
  look: { state: "S", usedMs: 100, elapsedMs: 10_000 },
};

test.each<{ rule: string; waited: Partial<Waited>; late: boolean }>([
  { rule: "an idle copy is late when its time has passed", waited: {}, late: true },
  { rule: "a copy that cannot be sampled is late too", waited: { look: undefined }, late: true },
  {
    rule: "a stopped copy is late, whatever it used before",
    waited: { look: { state: "T", usedMs: 0, elapsedMs: 10_000 } },
    late: true,
  },
  {
    rule: "a copy that uses the processor is busy with one long record",
    waited: { look: { state: "S", usedMs: 2_500, elapsedMs: 10_000 } },
    late: false,
  },
  {
    rule: "a copy that waits for the processor is busy too",
    waited: { look: { state: "R", usedMs: 0, elapsedMs: 10_000 } },
    late: false,
  },
  {
    rule: "a copy that is busy without progress for three times as long is late",
    waited: { waitedMs: 30_000, look: { state: "R", usedMs: 9_000, elapsedMs: 10_000 } },
    late: true,
  },
  {
    rule: "a check that this process itself delayed does not count",
    waited: { heldUpMs: 4_000 },
    late: false,
  },
])("$rule", ({ waited, late }) => {
  expect(isLate({ ...idle, ...waited })).toBe(late);
});
