import { describe, expect, test } from "vitest";
import { substitute } from "../../../src/flow/text/variables.ts";
import { findings, readGood } from "../reading.ts";

const ENVIRONMENT: Readonly<Record<string, string>> = {
  A: "one",
  EMPTY: "",
  ODD: "${A} $$ ${{ ENV.A }}",
};
const scope = {
  environment: (name: string): string | undefined =>
    Object.hasOwn(ENVIRONMENT, name) ? ENVIRONMENT[name] : undefined,
  context: (name: string): string | undefined => (name === "C" ? "context" : undefined),
};

test.each([
  { text: "plain", want: "plain" },
  { text: "${A}", want: "one" },
  { text: "a-${A}-b-${A}", want: "a-one-b-one" },
  { text: "${{ ENV.A }}", want: "one" },
  { text: "${{ENV.A}}", want: "one" },
  { text: "${{   env.A  }}", want: "one" },
  { text: "${{ CONTEXT.C }} ${{ context.C }} ${{ C }}", want: "context context context" },
  { text: "${A:-x}", want: "one" },
  { text: "${NO:-x}", want: "x" },
  { text: "${NO:-}", want: "" },
  { text: "${EMPTY:-x}", want: "x" },
  { text: "[${EMPTY}]", want: "[]" },
  { text: "${NO:-${A}}", want: "one" },
  { text: "${NO:-${ALSO_NO:-deep}}!", want: "deep!" },
  { text: "${NO:-${{ ENV.A }}}", want: "one" },
  { text: "${A:?needed}", want: "one" },
  { text: "$$", want: "$" },
  { text: "$${A}", want: "${A}" },
  { text: "$$$A", want: "$one" },
  { text: "$$$$A", want: "$$A" },
  { text: "5$ and $5", want: "5$ and $5" },
  { text: "$NO", want: "$NO" },
  { text: "$A", want: "one" },
  { text: "$A/x-$A.", want: "one/x-one." },
  { text: "$AB ^a$ $1", want: "$AB ^a$ $1" },
  { text: "a value is data: ${ODD}", want: "a value is data: ${A} $$ ${{ ENV.A }}" },
])("$text becomes $want", ({ text, want }) => {
  expect(substitute(text, scope).text).toBe(want);
});

test.each([
  { text: "${NO}", want: 'environment variable "NO" is not set' },
  { text: "${{ ENV.NO }}", want: 'environment variable "NO" is not set' },
  { text: "${{ NO }}", want: 'context variable "NO" is not set' },
  { text: "${NO:?say what}", want: "NO: say what" },
  { text: "${EMPTY:?}", want: 'environment variable "EMPTY" is not set' },
  { text: "${NO:-${ALSO_NO}}", want: 'environment variable "ALSO_NO" is not set' },
  { text: "${}", want: "${} does not name a variable" },
  { text: "${A-x}", want: "${A-x} does not name a variable" },
  { text: "${1}", want: "${1} does not name a variable" },
  { text: "${{ ENV. }}", want: "${{ ENV. }} does not name a variable" },
  { text: "${{root.a[0]}}", want: "${{root.a[0]}} does not name a variable" },
  { text: "x ${A", want: '"${" is not closed' },
  { text: "x ${{ ENV.A }", want: '"${{" is not closed' },
  { text: "${toString}", want: 'environment variable "toString" is not set' },
  {
    text: "${N:-".repeat(20) + "}".repeat(20),
    want: "defaults are nested more than 8 levels deep",
  },
])("$text is refused: $want", ({ text, want }) => {
  expect(substitute(text, scope).problems.map(({ message }) => message)).toEqual([want]);
});

describe("variables in a flow file", () => {
  const variables = { N: "3", YES: "yes", WORD: "abc", ZERO: "007" };

  test("the type of the key decides, with or without quotes", () => {
    const flow = readGood(
      'gateway: { cors: "${YES}" }\nexecutors:\n  - name: ${WORD}\n    replicas: ${N}\n    shards: "${{ ENV.N }}"\n',
      { variables },
    );
    expect(flow.gateway.cors).toBe(true);
    expect(flow.deployments[0]).toMatchObject({ name: "abc", replicas: 3, shards: 3 });
  });

  test("an unquoted variable in uses_with becomes a number or boolean if it looks like one, as in Jina", () => {
    const [deployment] = readGood(
      'env: { T: true }\nexecutors:\n  - uses_with:\n      a: ${N}\n      b: "${N}"\n      c: x${N}\n      d: ${ZERO}\n      e: ${T}\n',
      { variables },
    ).deployments;
    expect(deployment?.usesWith).toEqual({ a: 3, b: "3", c: "x3", d: "007", e: true });
  });

  test("an unquoted variable in an inline executor and in other open options becomes a number or boolean too", () => {
    const text =
      "executors:\n  - uses: { jtype: Ab, with: { n: $N }, py_modules: [$WORD.py] }\n    uses_dynamic_batching: { /x: { preferred_batch_size: $N } }\n";
    expect(readGood(text, { variables, files: ["/p/abc.py"] }).deployments[0]).toMatchObject({
      uses: { modules: ["/p/abc.py"], dynamicBatching: { "/x": { preferred_batch_size: 3 } } },
      usesWith: { n: 3 },
    });
  });

  test("env of the flow is visible everywhere, also in env itself, and wins over the environment", () => {
    const text = "executors: [{ name: \"${{ ENV.NAME }}\" }]\nenv: { N: 4, NAME: 'e${N}' }\n";
    expect(readGood(text, { variables }).deployments[0]?.name).toBe("e4");
  });

  test("env of an executor is text as written", () => {
    const [deployment] = readGood(
      "executors:\n  - env:\n      A: 01\n      B: 1e3\n      C: true\n      D: ${N}\n      E: 0x1f\n",
      { variables },
    ).deployments;
    expect(deployment?.env).toEqual({ A: "01", B: "1e3", C: "true", D: "3", E: "0x1f" });
  });

  test("context variables come from the caller", () => {
    expect(
      readGood('executors: [{ name: "${{ CONTEXT.X }}" }]', { context: { X: "ctx" } })
        .deployments[0]?.name,
    ).toBe("ctx");
  });

  test("an unset variable is reported once, without other errors about its value", () => {
    const text =
      'executors:\n  - name: "a${NO}"\n    replicas: ${NO}\n    uses: ./${NO}.ts\n    needs: ["${NO}"]\n';
    expect(findings(text)).toEqual([
      '2:13 error [variable] environment variable "NO" is not set | set the variable, or write ${NO:-default}',
      '3:15 error [variable] environment variable "NO" is not set | set the variable, or write ${NO:-default}',
      '4:13 error [variable] environment variable "NO" is not set | set the variable, or write ${NO:-default}',
      '5:14 error [variable] environment variable "NO" is not set | set the variable, or write ${NO:-default}',
    ]);
  });

  test("a bare $X is replaced if it is set, and otherwise kept with a warning", () => {
    const text =
      "executors: [{ shards: $N, workspace: $NO/x, uses_with: { a: ^x$, b: $N, c: $$N, d: '$WORD' } }]";
    expect(readGood(text, { variables }).deployments[0]).toMatchObject({
      shards: 3,
      workspace: "/p/$NO/x",
      usesWith: { a: "^x$", b: 3, c: "$N", d: "abc" },
    });
    expect(findings(text, { variables })).toEqual([
      '1:38 warning [variable] $NO is kept as text: environment variable "NO" is not set | write ${NO} to require the variable, or $$NO for the text',
    ]);
  });

  test("keys of the prototype are not variables", () => {
    expect(findings("name: ${constructor}\nexecutors: [{}]")).toHaveLength(1);
  });
});
