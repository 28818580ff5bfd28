import { expect, test } from "vitest";
import {
  formatAge,
  formatBytes,
  formatCount,
  formatMs,
  formatRate,
  orDash,
} from "../../../src/page/view/format.ts";

test.for([
  { text: formatBytes(0), shown: "0 B" },
  { text: formatBytes(999), shown: "999 B" },
  { text: formatBytes(1500), shown: "1.5 KB" },
  { text: formatBytes(84_300_000), shown: "84 MB" },
  { text: formatBytes(3e18), shown: "3000000 TB" },
  { text: formatMs(0.42), shown: "0.4 ms" },
  { text: formatMs(12.4), shown: "12 ms" },
  { text: formatMs(1500), shown: "1.5 s" },
  { text: formatRate(0.25), shown: "0.3/s" },
  { text: formatRate(3), shown: "3/s" },
  { text: formatRate(12_345.6), shown: "12,346/s" },
  { text: formatCount(117_791), shown: "117,791" },
  { text: orDash(null, formatCount), shown: "–" },
  { text: orDash(0, formatCount), shown: "0" },
])("$shown", ({ text, shown }) => {
  expect(text).toBe(shown);
});

test.for([
  { seconds: -5, shown: "0 s ago" },
  { seconds: 59, shown: "59 s ago" },
  { seconds: 60, shown: "1 min ago" },
  { seconds: 7199, shown: "1 h ago" },
  { seconds: 86_400 * 3, shown: "3 d ago" },
])("$seconds seconds are $shown", ({ seconds, shown }) => {
  const now = Date.parse("2026-01-02T03:04:05Z");
  expect(formatAge(new Date(now - seconds * 1000).toISOString(), now)).toBe(shown);
});
