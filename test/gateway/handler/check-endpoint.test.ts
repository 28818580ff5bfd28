import { describe, expect, test } from "vitest";
import { checkEndpoint } from "../../../src/gateway/handler/check-endpoint.ts";
import { makeDeployment, layOut } from "../fixtures.ts";

const INDEX = makeDeployment("index", { endpoints: ["/index", "/search", "/delete"] });
const ENCODER = makeDeployment("encoder", { endpoints: ["/default"] });
const UNKNOWN = makeDeployment("elsewhere");

const check = (deployments: readonly (typeof INDEX)[], endpoint: string, targetExecutor = "") =>
  checkEndpoint(layOut(deployments), { endpoint, targetExecutor });

describe("the check of an endpoint", () => {
  test.each([
    [[INDEX], "/search", ""],
    [[ENCODER, INDEX], "/anything", ""],
    [[ENCODER, INDEX], "/idnex", "encoder"],
    [[ENCODER], "/x", ""],
    [[INDEX, UNKNOWN], "/idnex", ""],
    [[], "/x", ""],
  ])("%# accepts an endpoint that an executor handles", (deployments, endpoint, target) => {
    expect(() => check(deployments, endpoint, target)).not.toThrow();
  });

  test.each([
    [[INDEX], "/idnex", "", "no executor binds /idnex: did you mean /index?"],
    [[INDEX], "/serach", "", "no executor binds /serach: did you mean /search?"],
    [
      [INDEX],
      "/something",
      "",
      "no executor binds /something: the executors bind /delete, /index, /search",
    ],
    [[makeDeployment("none", { endpoints: [] })], "/x", "", "the executors bind no endpoint"],
    [
      [ENCODER, INDEX],
      "/idnex",
      "",
      'did you mean /index? For the "/default" method of encoder, make it the target executor',
    ],
    [[INDEX, ENCODER], "/encode", "index", "no executor binds /encode"],
  ])("%# refuses an endpoint that no executor binds", (deployments, endpoint, target, message) => {
    expect(() => check(deployments, endpoint, target)).toThrow(
      expect.objectContaining({
        code: "UNIMPLEMENTED",
        message: expect.stringContaining(message) as string,
      }),
    );
  });

  test("a program may post an endpoint that looks like a typo to a /default method", () => {
    const query = { endpoint: "/index2", targetExecutor: "", acceptsTypos: true };
    expect(() => checkEndpoint(layOut([ENCODER, INDEX]), query)).not.toThrow();
    expect(() => checkEndpoint(layOut([INDEX]), query)).toThrow("did you mean /index?");
  });

  test("refuses a target that no executor matches", () => {
    expect(() => check([INDEX, ENCODER], "/index", "idx")).toThrow(
      "no executor matches the target idx: the flow has index, encoder",
    );
  });
});
