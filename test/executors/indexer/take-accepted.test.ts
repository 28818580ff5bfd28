import { expect, test } from "vitest";
import { takeAccepted } from "../../../src/executors/indexer/take-accepted.ts";
import { Document } from "../../../src/index.ts";

test("a search ends when its caller is gone, and gives the reason", async () => {
  const caller = new AbortController();
  function* candidates(): Generator<number> {
    for (let number = 0; ; number += 1) yield number;
  }
  setImmediate(() => caller.abort(new Error("the caller is gone")));
  const search = takeAccepted(candidates(), {
    limit: 1,
    offset: 0,
    accepts: () => false,
    read: (number) => new Document({ id: String(number) }),
    signal: caller.signal,
  });
  await expect(search).rejects.toThrow("the caller is gone");
});
