import { describe, expect, test } from "vitest";
import { decodeText } from "../../../src/util/text/decode-text.ts";
import { findings, read, readGood } from "../reading.ts";

describe("a text that is not a flow file has an error with a location", () => {
  test.each([
    { name: "an empty file", text: "", want: "1:1 error [document] the file is empty" },
    { name: "only a comment", text: "# later\n", want: "the file is empty" },
    {
      name: "a list",
      text: "- a\n- b\n",
      want: "1:1 error [document] expected a flow, got a list",
    },
    { name: "a scalar", text: "hello", want: '1:1 error [document] expected a flow, got "hello"' },
    {
      name: "an executor's file",
      text: "jtype: Executor\n",
      want: 'expected a flow, got "jtype: Executor" | name the file in a flow file: "executors: [{ uses: flow.yml }]"',
    },
    {
      name: "a deployment's file",
      text: "jtype: Deployment\n",
      want: 'expected a flow, got "jtype: Deployment" | name the file in a flow file: "executors: [flow.yml]"',
    },
    {
      name: "another jtype",
      text: "jtype: Flwo\n",
      want: '1:8 error [invalid-value] jtype: expected "Flow", got "Flwo"',
    },
    {
      name: "another tag",
      text: "!Flwo\nexecutors: [{}]\n",
      want: '1:1 error [invalid-value] jtype: expected "Flow", got "Flwo"',
    },
    {
      name: "another version",
      text: "version: 2\nexecutors: [{}]",
      want: '1:10 error [invalid-value] version: expected "1", the only version, got 2',
    },
    {
      name: "several documents",
      text: "executors: [{}]\n---\nexecutors: []\n",
      want: "3:1 error [document] a second document starts here, but a file holds one flow",
    },
    {
      name: "an unknown anchor",
      text: "executors: *a\n",
      want: '1:12 error [document] the anchor "a" is not defined before this alias',
    },
    {
      name: "a key that is not text",
      text: "? [a]\n: b\nexecutors: [{}]\n",
      want: "1:3 error [document] a key must be text",
    },
    {
      name: "the key __proto__",
      text: "executors: [{ uses_with: { __proto__: { a: 1 } } }]",
      want: '1:28 error [document] the key "__proto__" is not allowed',
    },
    {
      name: "a merge key without an alias",
      text: "x: &x [1]\nexecutors: [{ <<: *x }]\n",
      want: '2:19 error [document] "<<" expects an alias of a mapping, or a list of such aliases',
    },
  ])("$name", ({ text, want }) => {
    expect(findings(text).join("\n")).toContain(want);
  });
});

test("a file in another encoding is refused at its first such byte", () => {
  const text = decodeText(Buffer.from('name: "caf\u00e9"\nexecutors: [{ name: a }]\n', "latin1"));
  expect(findings(text)).toEqual([
    "1:11 error [document] the file is not UTF-8: the byte 0xE9 is not a character | save the file as UTF-8",
  ]);
});

test("a file of a deployment in another encoding is refused with its location", () => {
  const deployment = decodeText(Buffer.from("jtype: Deployment\nname: \u00e9\n", "latin1"));
  expect(findings("executors: [a.yml]", { read: () => deployment })).toEqual([
    "1:13 error [invalid-value] executors[0]: /p/a.yml:2:7: the file is not UTF-8: the byte 0xE9 is not a character",
  ]);
});

test("a byte order mark and line ends of Windows change no value", () => {
  const text =
    'name: x\nenv: { A: 1 }\nexecutors:\n  - uses_with:\n      a: |\n        b\n        c\n      d: "e\n        f"\n    replicas: 2 # g\n';
  const windows = decodeText(Buffer.from(`\uFEFF${text.replaceAll("\n", "\r\n")}`));
  expect(readGood(windows)).toEqual(readGood(text));
  expect(readGood(`\uFEFF${text}`)).toEqual(readGood(text));
});

describe("YAML that cannot be parsed", () => {
  test.each([
    {
      name: "a tab",
      text: "executors:\n\t- name: a\n",
      want: ["2:1 error [yaml] tabs are not allowed as indentation | indent with spaces"],
    },
    {
      name: "a repeated key",
      text: "name: a\nname: b\nexecutors: [{}]\n",
      want: ["2:1 error [yaml] map keys must be unique | remove one of the two keys"],
    },
    {
      name: "a list with wrong indentation",
      text: "executors:\n- name: a\n  uses: b\n replicas: 2\n",
      want: [
        '4:1 error [yaml] sequence item without - indicator | check the lines before: start all entries of a list with "- " in the same column, and close every quote and bracket',
      ],
    },
    {
      name: "an open bracket",
      text: "executors: [{ name: a }\n",
      want: [
        "2:1 error [yaml] flow sequence in block collection must be sufficiently indented and end with a ] | check the line before: start all keys of a mapping in the same column, and close every bracket",
      ],
    },
    {
      name: "a colon within a value",
      text: "name: a: b\n",
      want: [
        "1:7 error [yaml] nested mappings are not allowed in compact mappings | quote a value that contains a colon and a space, and start nested keys on a new line",
      ],
    },
    {
      name: "a variable in braces without quotes",
      text: "executors:\n  - { name: ${X}, replicas: 2 }\n  - name: b\n",
      want: ['2:14 error [yaml] unexpected "{" | quote a variable within { } and [ ]: "${NAME}"'],
    },
    {
      name: "a merge conflict",
      text: "<<<<<<< HEAD\nname: a\n=======\nname: b\n>>>>>>> x\n",
      want: [
        "1:1 error [yaml] a merge conflict is not resolved | keep one of the two sides and remove the markers",
      ],
    },
  ])("$name", ({ text, want }) => {
    expect(findings(text)).toEqual(want);
  });

  test("each tab is reported, but tokens after the first unexpected one are not", () => {
    expect(findings("a:\n\t- 1\nb:\n\t- 2\n")).toHaveLength(2);
    expect(findings("executors: [}]: {\n- x: ]\n").length).toBeLessThanOrEqual(2);
  });

  test("a duplicate key does not hide the other problems", () => {
    expect(findings("name: a\nname: b\nexecutors: [{ replicas: 0 }]\n")).toHaveLength(2);
  });
});

describe("texts that exhaust a reader are refused quickly", () => {
  const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 12; level += 1) {
    bomb.push(
      `a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`,
    );
  }
  const mergeBomb = ["a0: &a0 { k: 1 }"];
  for (let level = 1; level < 12; level += 1) {
    const sources = Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ");
    mergeBomb.push(`a${level}: &a${level} { <<: [${sources}], k${level}: 1 }`);
  }
  test.each([
    {
      name: "anchors that multiply",
      text: bomb.join("\n"),
      want: "the anchors expand the file to more than 20,000 values",
    },
    {
      name: "merge keys that multiply",
      text: mergeBomb.join("\n"),
      want: "the anchors expand the file to more than 20,000 values",
    },
    {
      name: "an anchor within itself",
      text: "executors: &a [*a]\n",
      want: 'the anchor "a" contains itself',
    },
    {
      name: "values that are nested too deeply",
      text: `executors: [{ uses_with: { a: ${"[".repeat(100)}${"]".repeat(100)} } }]`,
      want: "values are nested more than 64 levels deep",
    },
    {
      name: "brackets that exhaust the parser's stack",
      text: `a: ${"[".repeat(50_000)}`,
      want: "error",
    },
    {
      name: "a file that is too large",
      text: `# ${"x".repeat(1_000_001)}\n`,
      want: "characters, more than the limit of 1,000,000",
    },
  ])("$name", ({ text, want }) => {
    const start = performance.now();
    const found = findings(text).join("\n");
    expect(found).toContain(want);
    expect(read(text)).not.toHaveProperty("flow");
    expect(performance.now() - start, "milliseconds to refuse it twice").toBeLessThan(5000);
  });
});
