import { expect, test } from "vitest";
import { explainEnd } from "../../../src/worker/python/explain-end.ts";

const NO_JINA =
  "python3 has no jina: run python3 -m pip install jina==3.27.0 docarray==0.21.1, or set JFLOW_PYTHON to a Python that has them";

test.each([
  {
    name: "no Python",
    code: 127,
    tail: ["setpriv: failed to execute python3: No such file or directory"],
    want: [
      "FAILED_PRECONDITION",
      "cannot start python3: the program was not found. Install Python 3 with jina, or set JFLOW_PYTHON",
    ],
  },
  {
    name: "no jina",
    code: 78,
    tail: ["ModuleNotFoundError: No module named 'jina'"],
    want: ["FAILED_PRECONDITION", NO_JINA],
  },
  {
    name: "what no second start can mend",
    code: 78,
    tail: ["Traceback", "ModuleNotFoundError: No module named 'torch' (/e.py, line 5)", ""],
    want: ["FAILED_PRECONDITION", "ModuleNotFoundError: No module named 'torch' (/e.py, line 5)"],
  },
  {
    name: "what may pass",
    code: 75,
    tail: ["ValueError: no weights (/e.py, line 5)"],
    want: ["NOT_READY", "ValueError: no weights (/e.py, line 5)"],
  },
  {
    name: "an exit of the user's",
    code: 7,
    tail: ["loading"],
    want: [
      "NOT_READY",
      "Python ended with code 7 before the executor served; its last line: loading",
    ],
  },
  {
    name: "an exit in silence",
    code: 0,
    tail: [],
    want: ["NOT_READY", "Python ended with code 0 before the executor served"],
  },
])("$name is told as $want", ({ code, tail, want }) => {
  const error = explainEnd({ program: "python3", code, tail });
  expect([error.code, error.message]).toEqual(want);
});
