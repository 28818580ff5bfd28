import { describe, expect, test } from "vitest";
import { findings, readGood } from "../reading.ts";

describe("names", () => {
  test.each([
    {
      name: "Gateway",
      want: '2:11 error [name] executor name "Gateway" is reserved for the gateway',
    },
    {
      name: "a_uses_after",
      want: '2:11 error [name] executor name "a_uses_after" is reserved: names that end in "_uses_after" belong to helper processes',
    },
    {
      name: "a_uses_before",
      want: '2:11 error [name] executor name "a_uses_before" is reserved: names that end in "_uses_before" belong to helper processes',
    },
    {
      name: "my-encoder",
      want: '2:11 error [name] executor name "my-encoder" is not valid: use the letters a to z and A to Z, digits and _, and no digit at the start (Jina does not allow hyphens) | write "my_encoder"',
    },
    {
      name: "2nd",
      want: '2:11 error [name] executor name "2nd" is not valid: use the letters a to z and A to Z, digits and _, and no digit at the start | write "_2nd"',
    },
    {
      name: "../../etc",
      want: '2:11 error [name] executor name "../../etc" is not valid: use the letters a to z and A to Z, digits and _, and no digit at the start | write "_etc"',
    },
    {
      name: "a b/c",
      want: '2:11 error [name] executor name "a b/c" is not valid: use the letters a to z and A to Z, digits and _, and no digit at the start | write "a_b_c"',
    },
    {
      name: "größe",
      want: '2:11 error [name] executor name "größe" is not valid: use the letters a to z and A to Z, digits and _, and no digit at the start | write "gro_e"',
    },
    {
      name: "x".repeat(64),
      want: `2:11 error [name] executor name "${"x".repeat(64)}" is longer than 63 characters`,
    },
    {
      name: "日本",
      want: '2:11 error [name] executor name "日本" is not valid: use the letters a to z and A to Z, digits and _, and no digit at the start',
    },
  ])("$name is refused", ({ name, want }) => {
    expect(findings(`executors:\n  - name: ${name}\n`)).toEqual([want]);
  });

  test("the name gateway is reserved", () => {
    const text = "executors:\n  - { name: gateway, uses: BaseExecutor }\n";
    expect(findings(text)).toEqual([
      '2:13 error [name] executor name "gateway" is reserved for the gateway',
    ]);
  });

  test("an entry named gateway without uses, as Jina saves it, is ignored with a warning", () => {
    const text = "executors:\n  - { name: gateway, port: 5 }\n  - {}\n";
    expect(findings(text)).toEqual([
      '2:5 warning [no-effect] executors[0]: this entry has no effect: it names the gateway | set the keys of the gateway in "gateway"',
    ]);
    expect(readGood(text).deployments.map(({ name, needs }) => [name, needs])).toEqual([
      ["executor0", ["gateway"]],
    ]);
  });

  test("a repeated name is reported with the line of the first", () => {
    expect(findings("executors:\n  - name: a\n  - name: a\n")).toEqual([
      '3:11 error [name] executor name "a" is used twice (first in line 2)',
    ]);
  });

  test("names that differ only in case are refused", () => {
    expect(findings("executors:\n  - name: a\n  - name: A\n")).toEqual([
      '3:11 error [name] executor names "A" and "a" (line 2) differ only in case: some file systems have one folder for both',
    ]);
  });

  test("a given name may not be the one that another gets for want of one", () => {
    expect(findings("executors:\n  - name: executor1\n  - uses: BaseExecutor\n")).toEqual([
      '3:5 error [name] executor name "executor1" is used twice (first in line 2)',
    ]);
  });
});

describe("needs", () => {
  test.each([
    {
      name: "an unknown name has a suggestion",
      text: "executors:\n  - name: encoder\n  - name: indexer\n    needs: [encodr]\n",
      want: [
        '4:13 error [needs] executor "indexer" needs "encodr", which does not exist | did you mean "encoder"? executors: encoder',
      ],
    },
    {
      name: "an executor that needs itself",
      text: "executors:\n  - name: a\n    needs: a\n",
      want: ['3:12 error [needs] executor "a" needs itself'],
    },
    {
      name: "an empty needs",
      text: "executors:\n  - name: a\n    needs: []\n",
      want: [
        '3:12 error [needs] "needs" of executor "a" is empty | write "needs: gateway" to follow the gateway, or remove the key to follow the previous executor',
      ],
    },
    {
      name: "method needs with one name",
      text: "executors:\n  - name: a\n  - name: b\n    method: needs\n    needs: a\n",
      want: [
        '5:12 error [needs] executor "b": method "needs" joins branches, but "needs" lists one executor',
      ],
    },
    {
      name: "a cycle of three",
      text: "executors:\n  - { name: a, needs: c }\n  - { name: b, needs: a }\n  - { name: c, needs: b }\n  - { name: d }\n",
      want: [
        '2:23 error [cycle] "needs" forms a cycle: a -> c -> b -> a | a needs c (line 2), c needs b (line 4), b needs a (line 3)',
      ],
    },
    {
      name: "two cycles, each reported once",
      text: "executors:\n  - { name: a, needs: b }\n  - { name: b, needs: a }\n  - { name: c, needs: d }\n  - { name: d, needs: [c, b] }\n",
      want: [
        '2:23 error [cycle] "needs" forms a cycle: a -> b -> a | a needs b (line 2), b needs a (line 3)',
        '4:23 error [cycle] "needs" forms a cycle: c -> d -> c | c needs d (line 4), d needs c (line 5)',
      ],
    },
    {
      name: "an unused result is a warning",
      text: "executors:\n  - name: a\n  - name: b\n    needs: gateway\n",
      want: [
        '2:11 warning [no-effect] the result of executor "a" is not used: no executor needs it, and the executor is not the last',
      ],
    },
    {
      name: "forward references and joins are valid",
      text: "executors:\n  - { name: a, needs: b }\n  - { name: b, needs: gateway }\n  - { name: c, needs: [a, b, b] }\n",
      want: [],
    },
  ])("$name", ({ text, want }) => {
    expect(findings(text)).toEqual(want);
  });

  test("a chain of thousands is not a cycle and is checked quickly", () => {
    const text = `executors:\n${Array.from({ length: 3000 }, (_, index) => `  - { name: e${index} }`).join("\n")}\n`;
    expect(findings(text)).toEqual([]);
  });
});

describe("listeners", () => {
  test.each([
    { gateway: "protocol: [grpc, http], port: [1, 2]", want: [] },
    { gateway: "protocol: [grpc, http], port: [0, 0]", want: [] },
    {
      gateway: "protocol: [grpc, http], port: 1",
      want: [
        '1:42 error [listener] 1 port and 2 protocols: each protocol needs one port | for example "protocol: [grpc, http]" and "port: [8080, 8081]"',
      ],
    },
    {
      gateway: "port: [1, 2, 3]",
      want: [
        '1:18 error [listener] 3 ports and no protocol: each protocol needs one port | for example "protocol: [grpc, http]" and "port: [8080, 8081]"',
      ],
    },
    {
      gateway: "protocol: [grpc, http], port: [5, 5]",
      want: ["1:46 error [listener] port 5 is used twice: by grpc and by http"],
    },
    {
      gateway: "protocol: [http, http]",
      want: ["1:29 error [listener] port 8081 is used twice: by http and by http"],
    },
    {
      gateway: "port: 5, admin_port: 5",
      want: ["1:33 error [listener] port 5 is used twice: by grpc and by the admin interface"],
    },
    {
      gateway: "admin_port: 8081",
      want: ["1:24 error [listener] port 8081 is used twice: by http and by the admin interface"],
    },
    {
      gateway: "port: 5, ports: 6",
      want: ['1:21 error [listener] "port" and "ports" are two names of one key | keep "port"'],
    },
  ])("$gateway", ({ gateway, want }) => {
    expect(findings(`gateway: { ${gateway} }\nexecutors: [{}]\n`)).toEqual(want);
  });
});

test("a port of an executor must be unique, but ports of external executors need not be", () => {
  const text = `gateway: { port: 5 }
executors:
  - { name: a, port: 5 }
  - { name: b, replicas: 2, port: [6, 6] }
  - { name: c, external: true, port: 6 }
`;
  expect(findings(text)).toEqual([
    '3:22 error [listener] port 5 is used twice: by grpc and by executor "a"',
    '4:39 error [listener] port 6 is used twice: by executor "b" and by executor "b"',
  ]);
});

describe("executors", () => {
  test.each([
    {
      name: "uses_after with one shard has no effect",
      keys: "uses_after: MatchMerger",
      want: [
        '2:5 warning [no-effect] "uses_after" of executor "executor0" has no effect: the executor has one shard',
      ],
    },
    {
      name: "uses_after with invalid shards has no warning",
      keys: "{ uses_after: MatchMerger, shards: 0 }",
      want: ["2:40 error [invalid-value] executors[0].shards: must be at least 1, got 0"],
    },
    {
      name: "too many processes",
      keys: "{ shards: 100, replicas: 100 }",
      want: [
        '2:15 error [invalid-value] executor "executor0": 100 shards with 100 replicas each need 10,000 processes, more than the limit of 1,024',
      ],
    },
    {
      name: "a merger is not an executor",
      keys: "uses: MatchMerger",
      want: [
        '2:11 error [uses] uses: MatchMerger merges the answers of shards and cannot be an executor | write "uses_after: MatchMerger" in the executor that has the shards',
      ],
    },
    {
      name: "an executor written inline needs its class",
      keys: "uses: { with: { a: 1 } }",
      want: [
        '2:11 error [uses] uses: an inline executor needs "jtype", the name of its class | write { jtype: Name, with: {...}, metas: {...}, requests: {...}, py_modules: [...] }',
      ],
    },
    {
      name: "an executor with a tag has the keys of an executor's YAML",
      keys: "uses: !Foo { uses_with: { a: 1 } }",
      want: [
        '2:16 error [uses] uses: an inline executor has no key "uses_with" | write { jtype: Name, with: {...}, metas: {...}, requests: {...}, py_modules: [...] }',
      ],
    },
    {
      name: "a key of Python executors has no effect elsewhere",
      keys: "uses_metas: { name: a }",
      want: [
        '2:5 warning [no-effect] "uses_metas" of executor "executor0" has no effect: the executor is not a Python executor',
      ],
    },
    {
      name: "other keys of Python executors have no effect elsewhere, and defaults are not reported",
      keys: "{ allow_concurrent: true, output_array_type: list, uses_dynamic_batching: {}, stateful: true }",
      want: [
        '2:7 warning [no-effect] "allow_concurrent" of executor "executor0" has no effect: the executor is not a Python executor',
        '2:31 warning [no-effect] "output_array_type" of executor "executor0" has no effect: the executor is not a Python executor',
      ],
    },
    {
      name: "replicas of a stateful Python executor are refused",
      keys: "{ name: py, uses: Up, py_modules: [app.up], stateful: true, replicas: 3, peer_ports: [1, 2, 3] }",
      want: [
        '2:49 error [invalid-value] executor "py": jflow does not replicate the state of a Python executor, so its 3 replicas would diverge | write "replicas: 1", or use an executor that declares writes, such as HNSWIndexer',
        "2:78 warning [ignored-keys] these keys of Jina have no effect in jflow: peer_ports (line 2)",
      ],
    },
    {
      name: "an endpoint without a slash is a warning",
      keys: "polling: { index: ALL }",
      want: [
        '2:16 warning [polling] polling: endpoint "index" does not start with a slash | did you mean "/index"?',
      ],
    },
    {
      name: "a missing file in py_modules",
      keys: "{ uses: MyExecutor, py_modules: x.py }",
      want: ["2:13 error [uses] uses: py_modules: /p/x.py does not exist"],
    },
  ])("$name", ({ keys, want }) => {
    expect(findings(`executors:\n  - ${keys}\n`)).toEqual(want);
  });

  test("a flow without executors is a warning", () => {
    expect(findings("jtype: Flow\n")).toEqual([
      "1:1 warning [no-effect] the flow has no executors: the gateway returns every request unchanged",
    ]);
  });
});

describe("autoscale", () => {
  test.each([
    {
      keys: "autoscale: { min: 3, max: 2 }",
      want: 'executor "a": autoscale has max 2, which is less than min 3 | write a max of at least 3',
    },
    {
      keys: "replicas: 5, autoscale: { max: 4 }",
      want: 'executor "a": replicas: 5 is not within autoscale, which allows 1 to 4 | remove replicas to begin with 1',
    },
    {
      keys: "shards: 512, autoscale: { max: 3 }",
      want: 'executor "a": 512 shards with up to 3 replicas each need 1,536 processes, more than the limit of 1,024 | write a max of at most 2',
    },
  ])("$keys is refused", ({ keys, want }) => {
    const [found] = findings(`jtype: Flow\nexecutors: [{ name: a, ${keys} }]\n`);
    expect(found).toContain(`error [invalid-value] ${want}`);
  });

  test("begins with its least number of replicas, unless the file says another", () => {
    const replicasOf = (keys: string): number =>
      readGood(`jtype: Flow\nexecutors: [{ name: a, ${keys} }]\n`).deployments[0]!.replicas;
    expect(replicasOf("autoscale: { min: 2, max: 4 }")).toBe(2);
    expect(replicasOf("replicas: 3, autoscale: { min: 2, max: 4 }")).toBe(3);
  });
});
