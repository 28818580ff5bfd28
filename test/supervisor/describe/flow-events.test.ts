import { expect, test } from "vitest";
import { replicaEvent } from "../../../src/supervisor/describe/flow-events.ts";

test("the reason of a failure is in the text once", () => {
  const failure = "cannot listen on 127.0.0.1:8080: the port is taken";
  expect(replicaEvent("gateway/0/0", { name: "failed", reason: failure }, failure)).toMatchObject({
    text: `failed: ${failure}`,
  });
  expect(
    replicaEvent("a/0/0", { name: "failed", reason: "exited 1 three times" }, "no model"),
  ).toMatchObject({
    text: "failed: exited 1 three times: no model",
  });
});
