import { expect, test } from "vitest";
import { readGood } from "../reading.ts";

const FILES = { files: ["/p/a.py", "/p/b.py", "/p/old.py"] };

test("an inline Python executor has the options of its mapping, and the entry's own keys win", () => {
  const text = `executors:
  - name: e
    uses:
      jtype: Up
      with: { size: 1, kind: a }
      metas: { name: up, py_modules: old.py }
      requests: { /a: one, /b: two }
      py_modules: [a.py, b.py]
      dynamic_batching: { /a: { preferred_batch_size: 4 } }
    uses_with: { size: 2 }
    uses_requests: { /b: three }
    uses_metas: { workspace: w }
`;
  const [deployment] = readGood(text, FILES).deployments;
  expect(deployment).toMatchObject({
    uses: {
      kind: "python",
      uses: "Up",
      modules: ["/p/a.py", "/p/b.py", "/p/old.py"],
      metas: { name: "up", workspace: "w" },
      dynamicBatching: { "/a": { preferred_batch_size: 4 } },
    },
    usesWith: { size: 2, kind: "a" },
    usesRequests: { "/a": "one", "/b": "three" },
  });
});

test("a tag names the class of an inline executor", () => {
  const [deployment] = readGood(
    "executors:\n  - uses: !Up { py_modules: a.py }\n",
    FILES,
  ).deployments;
  expect(deployment?.uses).toEqual({ kind: "python", uses: "Up", modules: ["/p/a.py"] });
});

test("an inline built-in becomes the built-in with its options", () => {
  const [deployment] = readGood(
    "executors:\n  - uses: { jtype: HNSWIndexer, with: { dim: 3 } }\n",
  ).deployments;
  expect(deployment).toMatchObject({
    uses: { kind: "builtin", name: "HNSWIndexer" },
    usesWith: { dim: 3 },
  });
});

test("metas and batching of a Python file reach the executor", () => {
  const text =
    "executors:\n  - { uses: ./a.py, uses_metas: { name: x }, uses_dynamic_batching: { /a: { timeout: 5 } } }\n";
  expect(readGood(text, FILES).deployments[0]?.uses).toEqual({
    kind: "python",
    modules: ["/p/a.py"],
    metas: { name: "x" },
    dynamicBatching: { "/a": { timeout: 5 } },
  });
});

test("a Python executor accepts options of Jina that other executors ignore", () => {
  const text =
    "executors:\n  - { uses: ./a.py, allow_concurrent: true, output_array_type: list, stateful: true }\n";
  expect(readGood(text, FILES).deployments[0]?.uses).toEqual({
    kind: "python",
    modules: ["/p/a.py"],
    allowConcurrent: true,
    outputArrayType: "list",
  });
});

test("py_modules in with are the default of Python executors, as in Jina", () => {
  const text = `with: { py_modules: [a.py, app.b] }
executors:
  - uses: { jtype: Up }
  - uses: Down
    py_modules: b.py
  - uses: HNSWIndexer
  - name: nothing
`;
  const found = readGood(text, FILES).deployments.map(({ uses }) => uses);
  expect(found).toEqual([
    { kind: "python", uses: "Up", modules: ["/p/a.py", "app.b"] },
    { kind: "python", uses: "Down", modules: ["/p/b.py"] },
    { kind: "builtin", name: "HNSWIndexer" },
    { kind: "builtin", name: "BaseExecutor" },
  ]);
});
