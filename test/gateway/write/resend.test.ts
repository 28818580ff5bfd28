import { describe, expect, test } from "vitest";
import { Resend, type ResendAction, type ResendEvent } from "../../../src/gateway/write/resend.ts";

function play(resend: Resend, ...events: readonly ResendEvent[]): readonly ResendAction[] {
  let actions: readonly ResendAction[] = [];
  for (const event of events) actions = resend.handle(event);
  return actions;
}

const primary = (processId: string | null): ResendEvent => ({ type: "primary", processId });
const arrived = (operationId: string): ResendEvent => ({ type: "arrived", operationId });
const finished = (operationId: string): ResendEvent => ({ type: "finished", operationId });
const lost = (processId: string, bySupervisor = false): ResendEvent => ({
  type: "lost",
  processId,
  bySupervisor,
});
const send = (operationId: string, to: string): ResendAction => ({ type: "send", operationId, to });

/** Writes x and y are in flight at primary p1. */
function inFlight(): Resend {
  const resend = new Resend();
  play(resend, primary("p1"), arrived("x"), arrived("y"));
  return resend;
}

describe("rule 24: which unfinished writes of a shard are sent now", () => {
  test("a write waits for a primary, then all go at once, oldest first", () => {
    const resend = new Resend();
    expect(play(resend, arrived("x"), arrived("y"))).toEqual([]);
    expect(play(resend, primary("p1"))).toEqual([send("x", "p1"), send("y", "p1")]);
    expect(play(resend, arrived("z"))).toEqual([send("z", "p1")]);
  });

  test("a write that was refused goes to the next primary, or to the same one after a while", () => {
    const resend = inFlight();
    expect(play(resend, { type: "refused", operationId: "x", processId: "p1" })).toEqual([]);
    expect(play(resend, { type: "again" })).toEqual([send("x", "p1")]);
    play(resend, { type: "refused", operationId: "x", processId: "p1" });
    expect(play(resend, primary("p2")), "y may still be answered by p1").toEqual([send("x", "p2")]);
  });

  test("after a primary's death its unfinished writes go one at a time, oldest first, and new ones wait", () => {
    const resend = inFlight();
    play(resend, lost("p1"));
    expect(play(resend, primary("p2"))).toEqual([send("x", "p2")]);
    expect(play(resend, arrived("z"))).toEqual([]);
    expect(play(resend, finished("x"))).toEqual([send("y", "p2")]);
    expect(play(resend, finished("y"))).toEqual([send("z", "p2")]);
  });

  test("a write that was alone in flight at a second death ends the process", () => {
    const resend = inFlight();
    play(resend, lost("p1"), primary("p2"));
    expect(play(resend, lost("p2"))).toEqual([{ type: "endsProcess", operationId: "x" }]);
    expect(play(resend, primary("p3")), "the other one is tried next").toEqual([send("y", "p3")]);
  });

  test("one death alone blames no write", () => {
    const resend = new Resend();
    play(resend, primary("p1"), arrived("x"));
    expect(play(resend, lost("p1"))).toEqual([]);
    expect(play(resend, primary("p2"))).toEqual([send("x", "p2")]);
  });

  test("deaths that the supervisor caused do not count: all writes go again at once", () => {
    const resend = inFlight();
    play(resend, lost("p1", true));
    expect(play(resend, primary("p2"))).toEqual([send("x", "p2"), send("y", "p2")]);
    play(resend, finished("y"), lost("p2", true), primary("p3"));
    expect(play(resend, lost("p3")), "it was the first death that counts").toEqual([]);
  });

  test("the death of a process that held none of the writes changes nothing", () => {
    const resend = inFlight();
    expect(play(resend, lost("p0"))).toEqual([]);
    expect(play(resend, arrived("z"))).toEqual([send("z", "p1")]);
  });

  test("a write whose caller waits no longer is not sent again", () => {
    const resend = inFlight();
    play(resend, finished("x"), lost("p1"));
    expect(play(resend, primary("p2"))).toEqual([send("y", "p2")]);
    expect(resend.size).toBe(1);
  });
});
