import { expect, test } from "vitest";
import {
  describeSaved,
  refusedEvent,
  takenEvent,
} from "../../../src/supervisor/watch/watch-text.ts";

const saved = (path: string): { path: string; isGone: boolean } => ({ path, isGone: false });
const gone = (path: string): { path: string; isGone: boolean } => ({ path, isGone: true });

test("the cause names the files relative to the flow file, at most three", () => {
  expect(describeSaved([saved("/f/b.ts"), gone("/f/lib/c.ts"), saved("/f/a.ts")], "/f")).toBe(
    "a.ts, b.ts saved, lib/c.ts removed",
  );
  expect(
    describeSaved(
      ["1", "2", "3", "4"].map((name) => saved(`/f/${name}`)),
      "/f",
    ),
  ).toBe("1, 2, 3 and 1 more saved");
  expect(describeSaved([], "/f")).toBe("files changed during the start");
});

test("an event names the changes, or says that no process is affected", () => {
  const change = { sign: "~", part: "a", text: "~ a: code changed, rolling" } as const;
  expect(takenEvent("a.ts saved", [change])).toMatchObject({
    state: "taken",
    text: "a.ts saved: ~ a: code changed, rolling",
  });
  expect(takenEvent("a.ts saved", [])).toMatchObject({
    state: "unaffected",
    text: "a.ts saved: no process is affected",
  });
});

test("the event of refused files has the error as its reason", () => {
  expect(refusedEvent("a.ts saved", "a.ts:1:2: error\n")).toMatchObject({
    state: "refused",
    reason: "a.ts:1:2: error\n",
    text: "a.ts saved: a.ts:1:2: error\nthe flow keeps its processes until the next save",
  });
});
