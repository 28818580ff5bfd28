import { describe, expect, test } from "vitest";
import { KEYS } from "../../../src/flow/schema/flow.ts";
import { IGNORED_KEYS } from "../../../src/flow/schema/ignored-keys.ts";
import { findings, read } from "../reading.ts";

/** One finding of a file whose executor has the given keys. */
function ofExecutor(keys: string): readonly string[] {
  return findings(`executors:\n  - ${keys}\n`);
}

describe("an invalid value is reported with the expected and the given value", () => {
  test.each([
    {
      keys: "replicas: two",
      want: '2:15 error [invalid-value] executors[0].replicas: expected an integer, got "two"',
    },
    {
      keys: "replicas: 1.5",
      want: "2:15 error [invalid-value] executors[0].replicas: expected an integer, got 1.5",
    },
    {
      keys: "replicas: 0",
      want: "2:15 error [invalid-value] executors[0].replicas: must be at least 1, got 0",
    },
    {
      keys: "shards: -1",
      want: "2:13 error [invalid-value] executors[0].shards: must be at least 1, got -1",
    },
    {
      keys: "shards: 1025",
      want: "2:13 error [invalid-value] executors[0].shards: must be at most 1,024, got 1025",
    },
    {
      keys: "shards: .inf",
      want: "2:13 error [invalid-value] executors[0].shards: expected an integer, got .inf",
    },
    {
      keys: "replicas: [2]",
      want: "2:15 error [invalid-value] executors[0].replicas: expected an integer, got a list",
    },
    {
      keys: "name: 5",
      want: '2:11 error [invalid-value] executors[0].name: expected a name, got 5 | quote the value: "5"',
    },
    {
      keys: 'name: ""',
      want: '2:11 error [invalid-value] executors[0].name: expected a name, got ""',
    },
    {
      keys: "needs: 5",
      want: '2:12 error [invalid-value] executors[0].needs: expected a name, or a list of names, got 5 | quote the value: "5"',
    },
    {
      keys: "needs: [gateway, 5]",
      want: '2:22 error [invalid-value] executors[0].needs[1]: expected a name, got 5 | quote the value: "5"',
    },
    {
      keys: "polling: SOME",
      want: '2:14 error [invalid-value] executors[0].polling: expected "ANY", "ALL" or "HASH", or a mapping of endpoints to these, got "SOME"',
    },
    {
      keys: "polling: { /a: 3 }",
      want: '2:20 error [invalid-value] executors[0].polling./a: expected "ANY", "ALL" or "HASH", got 3',
    },
    {
      keys: 'polling: \'{"/a": "x"}\'',
      want: '2:14 error [invalid-value] executors[0].polling./a: expected "ANY", "ALL" or "HASH", got no value',
    },
    {
      keys: "polling: '{oops'",
      want: '2:14 error [invalid-value] executors[0].polling: expected "ANY", "ALL" or "HASH", or a mapping of endpoints to these, got "{oops"',
    },
    {
      keys: "timeout_ready: 5 parsecs",
      want: '2:20 error [invalid-value] executors[0].timeout_ready: expected a time such as 500ms, 5s or 2m, or milliseconds, got "5 parsecs"',
    },
    {
      keys: "timeout_ready: -2",
      want: "2:20 error [invalid-value] executors[0].timeout_ready: expected a time such as 500ms, 5s or 2m, or milliseconds, got -2",
    },
    {
      keys: "timeout_ready: 10000h",
      want: '2:20 error [invalid-value] executors[0].timeout_ready: must be at most 24.8 days, got "10000h"',
    },
    {
      keys: "durability: maybe",
      want: '2:17 error [invalid-value] executors[0].durability: expected "request", "async" or { async: 5s }, got "maybe"',
    },
    {
      keys: "durability: { async: never }",
      want: '2:26 error [invalid-value] executors[0].durability.async: expected a time such as 500ms, 5s or 2m, or milliseconds, got "never"',
    },
    {
      keys: "restart: { max_restart: 1 }",
      want: "2:14 error [invalid-value] executors[0].restart.max_restarts: expected an integer, got no value",
    },
    {
      keys: "restart: { max_restarts: 1, policy: no }",
      want: '2:33 error [unknown-key] executors[0].restart: unknown key "policy" | known keys: max_restarts',
    },
    {
      keys: "liveness: { periodSeconds: 5 }",
      want: '2:17 error [unknown-key] executors[0].liveness: unknown key "periodSeconds" | known keys: period, timeout, failure_threshold',
    },
    {
      keys: "liveness: { period: 10 }",
      want: "2:25 error [invalid-value] executors[0].liveness.period: must be at least 1s, got 10",
    },
    {
      keys: "liveness: { timeout: 2h }",
      want: '2:26 error [invalid-value] executors[0].liveness.timeout: must be at most 1h, got "2h"',
    },
    {
      keys: "liveness: { failure_threshold: 0 }",
      want: "2:36 error [invalid-value] executors[0].liveness.failure_threshold: must be at least 1, got 0",
    },
    {
      keys: "livenessProbe: {}",
      want: '2:5 error [unknown-key] executors[0]: unknown key "livenessProbe" | write "liveness"',
    },
    {
      keys: "memory_limit: 1Mi",
      want: '2:19 error [invalid-value] executors[0].memory_limit: must be at least 16Mi, got "1Mi"',
    },
    {
      keys: "memory_limit: 300mb",
      want: '2:19 error [invalid-value] executors[0].memory_limit: expected a size such as 64Mi or 10MB, or bytes, got "300mb"',
    },
    {
      keys: "autoscale: { min: 2 }",
      want: "2:16 error [invalid-value] executors[0].autoscale.max: expected an integer, got no value",
    },
    {
      keys: "autoscale: { min: 0, max: 2 }",
      want: "2:23 error [invalid-value] executors[0].autoscale.min: must be at least 1, got 0",
    },
    {
      keys: "autoscale: { max: 2, target: 1 }",
      want: '2:26 error [unknown-key] executors[0].autoscale: unknown key "target" | known keys: min, max, target_in_flight, up_delay, down_delay, stateful',
    },
    {
      keys: "drain_timeout: soon",
      want: '2:20 error [invalid-value] executors[0].drain_timeout: expected a time such as 500ms, 5s or 2m, or milliseconds, got "soon"',
    },
    {
      keys: "uses_with: [a]",
      want: "2:16 error [invalid-value] executors[0].uses_with: expected a mapping of options, got a list",
    },
    {
      keys: "env: { A: [1] }",
      want: "2:15 error [invalid-value] executors[0].env.A: expected text, got a list",
    },
    {
      keys: "env: { A=B: 1 }",
      want: '2:12 error [unknown-key] executors[0].env.A=B: a name of a variable must not contain "=" or NUL',
    },
    {
      keys: 'workspace: "a\\0b"',
      want: '2:16 error [invalid-value] executors[0].workspace: must not contain control characters, got "a\\u0000b"',
    },
    {
      keys: 'env: { A: "a\\0b" }',
      want: '2:15 error [invalid-value] executors[0].env.A: must not contain a NUL character, got "a\\u0000b"',
    },
  ])("$keys", ({ keys, want }) => {
    expect(ofExecutor(keys)[0]).toBe(want);
  });

  test.each([
    {
      text: "gateway: { cors: on }",
      want: '1:18 error [invalid-value] gateway.cors: expected true or false, got "on"',
    },
    {
      text: "gateway: { port: http }",
      want: '1:18 error [invalid-value] gateway.port: expected a port, or a list of ports, got "http"',
    },
    {
      text: "gateway: { port: 65536 }",
      want: "1:18 error [invalid-value] gateway.port: must be at most 65,535, got 65536",
    },
    {
      text: "gateway: { protocol: ftp }",
      want: '1:22 error [invalid-value] gateway.protocol: expected "grpc" or "http" or "websocket", got "ftp"',
    },
    {
      text: "gateway: { max_message_size: 2Gi }",
      want: '1:30 error [invalid-value] gateway.max_message_size: must be at most 1Gi, got "2Gi"',
    },
    { text: "gateway: 5", want: "1:10 error [invalid-value] gateway: expected a mapping, got 5" },
    { text: "with: []", want: "1:7 error [invalid-value] with: expected a mapping, got a list" },
    {
      text: "with: { replicas: 0 }",
      want: "1:19 error [invalid-value] with.replicas: must be at least 1, got 0",
    },
  ])("$text", ({ text, want }) => {
    expect(findings(`${text}\nexecutors: [{}]\n`)).toEqual([want]);
  });

  test.each([
    {
      text: "executors: { a: 1 }",
      want: '1:12 error [invalid-value] executors: expected a list, got a mapping | start each entry with "- "',
    },
    {
      text: "executors: [encoder, ~]",
      want: '1:13 error [invalid-value] executors[0]: expected a mapping or the path of a YAML file, got "encoder"',
    },
    {
      text: "executors: [encoder.yml]",
      want: "1:13 error [invalid-value] executors[0]: encoder.yml does not exist (looked for /p/encoder.yml)",
    },
  ])("$text", ({ text, want }) => {
    expect(findings(text)[0]).toBe(want);
  });
});

describe("an unknown key is an error with a suggestion", () => {
  test.each([
    {
      text: "executers: []\nexecutors: [{}]",
      want: 'unknown key "executers" | did you mean "executors"?',
    },
    {
      text: "pods: []\nexecutors: [{}]",
      want: 'unknown key "pods" | write "executors"',
    },
    {
      text: "gateway: { prots: 1 }\nexecutors: [{}]",
      want: 'gateway: unknown key "prots" | did you mean "ports"?',
    },
    {
      text: "with: { replcias: 2 }\nexecutors: [{}]",
      want: 'with: unknown key "replcias" | did you mean "replicas"?',
    },
    {
      text: "executors: [{ replcias: 2 }]",
      want: 'executors[0]: unknown key "replcias" | did you mean "replicas"?',
    },
    {
      text: "executors: [{ pollin: ALL }]",
      want: 'executors[0]: unknown key "pollin" | did you mean "polling"?',
    },
    {
      text: "executors: [{ parallel: 2 }]",
      want: 'executors[0]: unknown key "parallel" | write "replicas"',
    },
    {
      text: "executors: [{ with: {} }]",
      want: 'executors[0]: unknown key "with" | write "uses_with"',
    },
    {
      text: "executors: [{ ports: 2 }]",
      want: 'executors[0]: unknown key "ports" | write "port"',
    },
    {
      text: "with: { port_in: 2 }\nexecutors: [{}]",
      want: 'with: unknown key "port_in" | write "port"',
    },
    { text: "port: 5\nexecutors: [{}]", want: 'unknown key "port" | move the key to "gateway"' },
    {
      text: "replicas: 2\nexecutors: [{}]",
      want: 'unknown key "replicas" | move the key to an entry of "executors"',
    },
    {
      text: "executors: [{ prefetch: 2 }]",
      want: 'executors[0]: unknown key "prefetch" | move the key to "gateway"',
    },
    {
      text: "gateway: { polling: ALL }\nexecutors: [{}]",
      want: 'gateway: unknown key "polling" | move the key to an entry of "executors"',
    },
    { text: "executors: [{ zzzzzz: 2 }]", want: 'executors[0]: unknown key "zzzzzz"' },
    { text: "executors: [{ toString: 2 }]", want: 'executors[0]: unknown key "toString"' },
    {
      text: "executors: [{}]\ndeployments: []",
      want: '"executors" and "deployments" name the same list | move the entries of "deployments" to "executors"',
    },
  ])("$text", ({ text, want }) => {
    const found = findings(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/error \[unknown-key\]/);
    expect(found[0]?.endsWith(want), `${found[0]} ends with ${want}`).toBe(true);
  });
});

describe("keys of Jina", () => {
  test("without an effect are accepted, with one warning for all", () => {
    const text = `with:
  log_config: default
  monitoring: true
executors:
  - quiet: true
    volumes: [a]
  - quiet: true
jcloud: {}
`;
    expect(findings(text)).toEqual([
      "2:3 warning [ignored-keys] these keys of Jina have no effect in jflow: log_config (line 2), monitoring (line 3), quiet (lines 5, 7), volumes (line 6), jcloud (line 8)",
    ]);
  });

  test.each([
    {
      section:
        "gateway: { jcloud: {}, timeout_ready: 1000, replicas: 2, name: g, workspace: w, floating: false }",
      count: 6,
    },
    {
      section: "executors: [{ jcloud: {}, ssl_certfile: a, ssl_keyfile: b, uvicorn_kwargs: {} }]",
      count: 4,
    },
    { section: "with: { jcloud: {}, asyncio: true, return_results: true }", count: 3 },
  ])("are accepted where Jina has them: $section", ({ section, count }) => {
    const text = `${section}\n${section.startsWith("executors") ? "" : "executors: [{}]\n"}`;
    const { flow, diagnostics } = read(text);
    expect(flow?.deployments, "the flow is read all the same").toHaveLength(1);
    expect(
      diagnostics.map(({ code, message }) => [code, message.match(/\(line 1\)/g)?.length]),
    ).toEqual([["ignored-keys", count]]);
  });

  test("are not both ignored and in the schema", () => {
    for (const level of ["flow", "gateway", "executor"] as const) {
      expect(IGNORED_KEYS[level].filter((key) => Object.hasOwn(KEYS[level], key))).toEqual([]);
    }
  });

  test.each([
    {
      text: "gateway: { uses: MyGateway }",
      want: /^1:12 .* gateway\.uses: this key is not supported yet \| remove the key: .*protocol.*expose/,
    },
    {
      text: "with: { uses: MyGateway }",
      want: /^1:9 .* with\.uses: this key is not supported yet \| remove the key: /,
    },
    {
      text: "gateway: { uses_with: { a: 1 } }",
      want: /^1:12 .* gateway\.uses_with: this key is not supported yet \| .* belongs to "uses"$/,
    },
  ])("a reserved key is an error with a hint: $text", ({ text, want }) => {
    expect(findings(`${text}\nexecutors: [{}]\n`)).toEqual([expect.stringMatching(want)]);
  });

  test("an invalid value of a key of Jina is an error", () => {
    expect(ofExecutor("uses_metas: many")).toEqual([
      '2:17 error [invalid-value] executors[0].uses_metas: expected a mapping, got "many"',
    ]);
  });
});

test("all problems are reported at once, in the order of the file", () => {
  const { diagnostics } = read(
    "name: 5\nexecutors:\n  - replicas: x\n    needs: nobody\n    uses: ./no.ts\n    foo: 1\n  - name: a-b\n",
  );
  expect(diagnostics.map(({ line, code }) => `${line} ${code}`)).toEqual([
    "1 invalid-value",
    "3 invalid-value",
    "4 needs",
    "5 uses",
    "6 unknown-key",
    "7 name",
  ]);
});

test("a diagnostic has the path of its value and the location of its end", () => {
  expect(read("executors:\n  - replicas: zero\n").diagnostics).toEqual([
    {
      severity: "error",
      file: "/p/flow.yml",
      line: 2,
      column: 15,
      endLine: 2,
      endColumn: 19,
      path: "executors[0].replicas",
      code: "invalid-value",
      message: 'executors[0].replicas: expected an integer, got "zero"',
    },
  ]);
});

test.each([
  [
    "name: 1e3",
    '1:7 error [invalid-value] name: expected a name, got 1e3 | quote the value: "1e3"',
  ],
  [
    "executors: [{ needs: 007 }]",
    '1:22 error [invalid-value] executors[0].needs: expected a name, or a list of names, got 007 | quote the value: "007"',
  ],
  [
    "executors: [{ grpc_metadata: { a: True } }]",
    '1:35 error [invalid-value] executors[0].grpc_metadata.a: expected text, got True | quote the value: "True"',
  ],
  [
    "executors: [{ shards: 99999999999999999999 }]",
    "1:23 error [invalid-value] executors[0].shards: must be at most 1,024, got 99999999999999999999",
  ],
  [
    "executors: [{ shards: -1 }]",
    "1:23 error [invalid-value] executors[0].shards: must be at least 1, got -1",
  ],
  [
    "executors: [{ shards: -1.5 }]",
    "1:23 error [invalid-value] executors[0].shards: expected an integer, got -1.5",
  ],
  [
    "gateway: { port: [0o7, 0x10000], protocol: [grpc, http] }",
    "1:24 error [invalid-value] gateway.port[1]: must be at most 65,535, got 0x10000",
  ],
])("%s: one error, with the text of the file", (text, want) => {
  expect(findings(text).filter((each) => each.includes("invalid-value"))).toEqual([want]);
});
