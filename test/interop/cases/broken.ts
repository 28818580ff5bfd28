import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Case, Scenario } from "../case.ts";
import { Rig } from "../../rig/rig.ts";
import { pythonOf } from "../stock.ts";

/**
 * The result of a start: the exit code of `jflow up`, its output, and the count of Python starts.
 */
interface Outcome {
  readonly code: number;
  readonly said: string;
  readonly starts: number;
}

const EXECUTOR = `from jina import Executor, requests

class Broken(Executor):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        print('making it')
        BODY
`;
const NOT_READY = 4;

async function start(text: string, options: string): Promise<Outcome> {
  const flow = `jtype: Flow\nwith: {port: 0}\nexecutors:\n  - {name: e, ${options}}\n`;
  await using rig = new Rig(flow, { JFLOW_PYTHON: pythonOf("v1"), JINA_OPTOUT_TELEMETRY: "1" });
  writeFileSync(join(rig.folder, "e.py"), text);
  const { code, stdout, stderr } = await rig.jflow(["up"]);
  const output = (stdout + stderr).replaceAll(rig.folder, "");
  return {
    code: code ?? -1,
    said: /^the flow did not start: e\/0\/0: (.*)$/m.exec(output)?.[1] ?? output,
    starts: output.match(/^e\/0\/0 (?:backoff|failed)/gm)?.length ?? 0,
  };
}

function brokenCase(
  name: string,
  want: Omit<Outcome, "code">,
  { body = "pass", options = "uses: ./e.py" },
): Case {
  return {
    name,
    ask: async ({ kind }) =>
      kind === "instead"
        ? { code: NOT_READY, ...want }
        : start(EXECUTOR.replace("BODY", body), options),
  };
}

/**
 * Executors that cannot start under `jflow up`. Stock Jina reports that in a hundred lines, so the
 * left column is the promised result instead.
 */
export const BROKEN_SCENARIO: Scenario = {
  name: "Python executors that cannot start",
  instead: "promised",
  flow: "jtype: Flow\nwith: {@listen}\n",
  cases: [
    brokenCase(
      "a syntax error",
      { said: "SyntaxError: invalid syntax (e.py, line 7)", starts: 1 },
      { body: "x = = 3" },
    ),
    brokenCase(
      "a missing module",
      { said: "ModuleNotFoundError: No module named 'torchy' (/e.py, line 7)", starts: 1 },
      { body: "import torchy" },
    ),
    brokenCase(
      "a missing class",
      { said: "there is no class Wrong in the Python files", starts: 1 },
      { options: "uses: Wrong, py_modules: [e.py]" },
    ),
    brokenCase(
      "an exception that may be temporary is retried three times",
      { said: "ValueError: no weights (/e.py, line 7)", starts: 3 },
      { body: "raise ValueError('no weights')" },
    ),
    brokenCase(
      "sys.exit",
      {
        said: "Python ended with code 7 before the executor served; its last line: making it",
        starts: 3,
      },
      { body: "import sys; sys.exit(7)" },
    ),
  ],
};
