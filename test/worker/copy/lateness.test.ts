import { expect, test } from "vitest";
import { isLate, type Waited } from "../../../src/worker/copy/lateness.ts";

const idle: Waited = {
  afterMs: 10_000,
  waitedMs: 10_000,
  heldUpMs: 1,
  look: { state: "S", usedMs: 100, elapsedMs: 10_000 },
};

test.each<{ rule: string; waited: Partial<Waited>; late: boolean }>([
  { rule: "one that does nothing is late when its time is over", waited: {}, late: true },
  { rule: "so is one that cannot be seen", waited: { look: undefined }, late: true },
  {
    rule: "so is one that is stopped, whatever it used before",
    waited: { look: { state: "T", usedMs: 0, elapsedMs: 10_000 } },
    late: true,
  },
  {
    rule: "one that uses the processor is busy: in the middle of one long record",
    waited: { look: { state: "S", usedMs: 2_500, elapsedMs: 10_000 } },
    late: false,
  },
  {
    rule: "one that wants the processor and does not get it is busy too",
    waited: { look: { state: "R", usedMs: 0, elapsedMs: 10_000 } },
    late: false,
  },
  {
    rule: "busy without any progress for three times as long is late all the same",
    waited: { waitedMs: 30_000, look: { state: "R", usedMs: 9_000, elapsedMs: 10_000 } },
    late: true,
  },
  {
    rule: "a look that this process itself came late to says nothing yet",
    waited: { heldUpMs: 4_000 },
    late: false,
  },
])("$rule", ({ waited, late }) => {
  expect(isLate({ ...idle, ...waited })).toBe(late);
});
