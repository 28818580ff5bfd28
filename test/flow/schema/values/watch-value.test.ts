import { expect, test } from "vitest";
import { renderFlow } from "../../../../src/flow/flow.ts";
import { findings, readGood } from "../../reading.ts";

test.each([
  ["", false],
  ["watch: false\n", false],
  ["watch: true\n", { ignore: [], debounceMs: 200 }],
  ["watch: {}\n", { ignore: [], debounceMs: 200 }],
  ["watch: { debounce: 1s, ignore: docs }\n", { ignore: ["docs"], debounceMs: 1000 }],
  ["watch: { ignore: [docs, '*.md'] }\n", { ignore: ["docs", "*.md"], debounceMs: 200 }],
])("%j is %j", (text, expected) => {
  expect(readGood(`jtype: Flow\n${text}`).watch).toEqual(expected);
});

test("a printed flow names the options only if it watches", () => {
  const render = (text: string): object => renderFlow(readGood(text));
  expect(render("jtype: Flow\n")).not.toHaveProperty("watch");
  expect(render("watch: { ignore: docs }\n")).toMatchObject({
    watch: { ignore: ["docs"], debounce: "200ms" },
  });
});

test.each([
  [
    "watch: often\n",
    '1:8 error [invalid-value] watch: expected true, false, or a mapping with the keys ignore, debounce, got "often"',
  ],
  [
    "watch: { debounce: 2m }\n",
    '1:20 error [invalid-value] watch.debounce: must be at most 1m, got "2m"',
  ],
  [
    "watch: { debounce: -1 }\n",
    "1:20 error [invalid-value] watch.debounce: must be at most 1m, got -1",
  ],
  [
    "watch: { ignored: docs }\n",
    '1:10 error [unknown-key] watch: unknown key "ignored" | known keys: ignore, debounce',
  ],
  [
    "watch: { ignore: [1] }\n",
    '1:19 error [invalid-value] watch.ignore[0]: expected a pattern, got 1 | quote the value: "1"',
  ],
  ["develop: true\n", '1:1 error [unknown-key] unknown key "develop" | write "watch"'],
  ["gateway: { watch: true }\n", '1:12 error [unknown-key] gateway: unknown key "watch"'],
])("%j is refused with its place", (text, expected) => {
  expect(findings(`${text}executors: []\n`)).toEqual([expected]);
});
