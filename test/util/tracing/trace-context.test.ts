import { expect, test } from "vitest";
import { parseTraceparent, readTraceContext } from "../../../src/util/tracing/trace-context.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

test.each([
  { text: `00-${TRACE}-${SPAN}-01`, isSampled: true },
  { text: `00-${TRACE}-${SPAN}-00`, isSampled: false },
  { text: `00-${TRACE}-${SPAN}-fe`, isSampled: false },
  { text: `cc-${TRACE}-${SPAN}-01-what-comes-later`, isSampled: true },
  { text: `cc-${TRACE}-${SPAN}-01`, isSampled: true },
])("$text is a traceparent", ({ text, isSampled }) => {
  expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled });
});

test.each([
  "",
  "00",
  `00-${TRACE}-${SPAN}-01-more`,
  `00-${TRACE}-${SPAN}-01-`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${"0".repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${"0".repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE}-${SPAN}-1`,
  `00-${TRACE}-${SPAN}-01.`,
  `cc-${TRACE}-${SPAN}-01.`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
])("%j is refused", (text) => {
  expect(parseTraceparent(text)).toBeUndefined();
  expect(readTraceContext({ traceparent: text, tracestate: "a=b" })).toBeUndefined();
});

test("a list that is too long is dropped, and the trace stays", () => {
  const traceparent = `00-${TRACE}-${SPAN}-01`;
  expect(readTraceContext({ traceparent, tracestate: "a=b" })).toEqual({
    traceparent,
    tracestate: "a=b",
  });
  expect(readTraceContext({ traceparent, tracestate: "a=".padEnd(600, "b") })).toEqual({
    traceparent,
  });
});
