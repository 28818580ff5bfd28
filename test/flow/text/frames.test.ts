import { describe, expect, test } from "vitest";
import { formatDiagnostics } from "../../../src/flow/flow.ts";
import { read } from "../reading.ts";

/** The formatted findings of a text. */
function show(text: string): string {
  const diagnostics = read(text).diagnostics.map((diagnostic) => ({
    ...diagnostic,
    file: "flow.yml",
  }));
  return formatDiagnostics(diagnostics, text);
}

test("every problem has its line, a caret and a hint, and the count comes last", () => {
  const text = `jtype: Flow
executors:
  - name: encoder
    uses: ./enc.js
    replicas: two
  - name: indexer
    uses: HNSWIndexer
    shard: 3
    polling: { /search: all, /index: som }
    needs: [encodr]
`;
  expect(show(text))
    .toBe(`flow.yml:4:11: error: uses: ./enc.js does not exist (looked for /p/enc.js)
   3 |   - name: encoder
>  4 |     uses: ./enc.js
     |           ^^^^^^^^
   5 |     replicas: two

flow.yml:5:15: error: executors[0].replicas: expected an integer, got "two"
   4 |     uses: ./enc.js
>  5 |     replicas: two
     |               ^^^
   6 |   - name: indexer

flow.yml:8:5: error: executors[1]: unknown key "shard"
   7 |     uses: HNSWIndexer
>  8 |     shard: 3
     |     ^^^^^
   9 |     polling: { /search: all, /index: som }
     = did you mean "shards"?

flow.yml:9:38: error: executors[1].polling./index: expected "ANY", "ALL" or "HASH", got "som"
   8 |     shard: 3
>  9 |     polling: { /search: all, /index: som }
     |                                      ^^^
  10 |     needs: [encodr]

flow.yml:10:13: error: executor "indexer" needs "encodr", which does not exist
   9 |     polling: { /search: all, /index: som }
> 10 |     needs: [encodr]
     |             ^^^^^^
     = did you mean "encoder"? executors: encoder

5 errors in flow.yml
`);
});

test("a cycle names the line of each need, and a repeated name names the line of the first", () => {
  const text = `executors:
  - name: ranker
    needs: indexer
  - name: indexer
    needs: ranker
  - name: last
  - name: last
`;
  expect(show(text)).toBe(`flow.yml:3:12: error: "needs" forms a cycle: ranker -> indexer -> ranker
   2 |   - name: ranker
>  3 |     needs: indexer
     |            ^^^^^^^
   4 |   - name: indexer
     = ranker needs indexer (line 3), indexer needs ranker (line 5)

flow.yml:7:11: error: executor name "last" is used twice (first in line 6)
   6 |   - name: last
>  7 |   - name: last
     |           ^^^^

2 errors in flow.yml
`);
});

test("warnings and errors are counted separately", () => {
  expect(show("with: { quiet: true }\nexecutors: [{ replicas: 0 }]\n")).toMatch(
    /\n1 error and 1 warning in flow.yml\n$/,
  );
  expect(show("with: { quiet: true }\nexecutors: [{}]\n")).toMatch(/\n1 warning in flow.yml\n$/);
});

test("no findings are an empty text", () => {
  expect(show("executors: [{}]")).toBe("");
});

describe("a frame stays readable", () => {
  test("a long line is cut around the caret", () => {
    const lines = show(
      `executors: [{ uses_with: { a: "${"x".repeat(400)}" }, replicas: zero, env: { B: "${"y".repeat(400)}" } }]`,
    ).split("\n");
    const [line = "", caret = ""] = lines.slice(1);
    expect(line.slice(caret.indexOf("^"), caret.lastIndexOf("^") + 1)).toBe("zero");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(140);
  });

  test("a value of several lines is underlined to the end of its first line", () => {
    expect(show("executors:\n  - replicas:\n      - 1\n      - 2\n")).toContain(
      ">  3 |       - 1\n     |       ^^^\n",
    );
  });

  test("control characters of a file do not reach the terminal", () => {
    const shown = show('executors: [{ "a\u001b[31m\u202e": 1 }]');
    expect(shown).toContain("unknown key");
    expect(shown.split("\n").join("")).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  test("Windows line ends are not shown", () => {
    expect(show("executors:\r\n  - replicas: 0\r\n    name: a\r\n"))
      .toBe(`flow.yml:2:15: error: executors[0].replicas: must be at least 1, got 0
   1 | executors:
>  2 |   - replicas: 0
     |               ^
   3 |     name: a

1 error in flow.yml
`);
  });
});
