import { expect, test } from "vitest";
import { parseCounts } from "../../../../src/cli/commands/operate/scale.ts";

test("numbers of replicas are read by executor", () => {
  expect(parseCounts(["encoder=5", "indexer=3"])).toEqual({ encoder: 5, indexer: 3 });
});

test.each([
  [["encoder"], `"encoder" is not a number of replicas: write encoder=5`],
  [["encoder", "4"], `"encoder" is not a number of replicas: write encoder=4`],
  [["encoder=-1"], `"encoder=-1" is not a number of replicas: write encoder=5`],
  [["indexer/1=3"], "every shard of indexer has the same number of replicas: write indexer=3"],
  [["encoder=1", "encoder=2"], "encoder is named twice: give one number"],
])("%j is refused", (texts, message) => {
  expect(() => parseCounts(texts)).toThrow(message);
});
