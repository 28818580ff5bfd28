import { describe, expect, test } from "vitest";
import { isHnswAvailable, openVectorIndex } from "../../src/vector-index/vector-index.ts";
import { describeVectorIndex } from "../contract/vector-index.ts";

/** As node fails where the package was installed but not compiled. */
function loadNothing(): never {
  throw new Error("Could not locate the bindings file. Tried:\n -> build/addon.node");
}

describeVectorIndex("the exact index", { backend: "exact" });
describeVectorIndex("the hnswlib index", { backend: "hnswlib", exactLimit: 0 });
describeVectorIndex("the hnswlib index below its exact limit", {
  backend: "hnswlib",
  exactLimit: 100,
});
describeVectorIndex("the index where hnswlib-node is missing", {
  backend: "hnswlib",
  exactLimit: 0,
  loadHnswlib: loadNothing,
});

describe("isHnswAvailable", () => {
  test("is true where hnswlib-node is installed", () => {
    expect(isHnswAvailable()).toEqual({ available: true });
  });

  test("says what failed and the commands that mend it", () => {
    const answer = isHnswAvailable(loadNothing);
    expect(answer).toMatchObject({ available: false });
    const reason = answer.available ? "" : answer.reason;
    expect(reason).toContain("Could not locate the bindings file. Tried:)");
    expect(reason).toContain(
      "npm install-scripts approve hnswlib-node && npm rebuild hnswlib-node",
    );
    expect(reason).toContain("--allow-scripts=hnswlib-node");
  });
});

describe("openVectorIndex", () => {
  test("refuses settings that make no sense, by name", () => {
    const wrong = { dimensions: 0, M: 0, efConstruction: 1.5, ef: -1 };
    for (const [name, value] of Object.entries(wrong)) {
      expect(() => openVectorIndex({ metric: "l2", dimensions: 2, [name]: value })).toThrow(
        `${name} is ${value}`,
      );
    }
  });
});
