import { expect, test } from "vitest";
import { LiveFlow, notesFlow } from "../../rig/live-flow.ts";

test(
  "G6: a paused primary acknowledges no write after another copy is promoted",
  { timeout: 60_000 },
  async () => {
    await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 2 }));
    await flow.must("/index", [{ id: "before", text: "before" }]);
    const [old] = await flow.primaries();
    const oldPid = (await flow.signal(old!, "SIGSTOP"))!;
    const inSocket = flow.post("/index", [
      { id: "in its socket", text: "sent to the stopped one" },
    ]);
    await flow.whenGone(oldPid);
    const [next] = await flow.primaries();
    await flow.must("/index", [{ id: "to the new one", text: "new" }]);
    const sent = await inSocket;
    expect(sent.ok, `the write in the socket was sent again: ${sent.why}`).toBe(true);
    expect(next, "another copy is the primary").not.toBe(old);
    await flow.expectEqualCopies();
    const { docs } = await flow.must("/get", [
      { id: "before" },
      { id: "in its socket" },
      { id: "to the new one" },
    ]);
    expect(docs.map(({ id, tags }) => [id, tags?.["writes"]])).toEqual([
      ["before", 1],
      ["in its socket", 1],
      ["to the new one", 1],
    ]);
  },
);
