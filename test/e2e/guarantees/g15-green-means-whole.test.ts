import { expect, test } from "vitest";
import { LiveFlow, notesFlow } from "../../rig/live-flow.ts";
import { Traffic } from "../../rig/traffic.ts";

test(
  "G15: health is never green while a copy is not in-sync and serving",
  { timeout: 60_000 },
  async () => {
    await using flow = await LiveFlow.start(notesFlow({ shards: 1, replicas: 3 }));
    const traffic = new Traffic(flow, { writers: 2, readers: 0, seed: 15 }).begin();
    const violations: string[] = [];
    const colors = new Set<string>();
    const watching = new AbortController();
    const watch = (async () => {
      for (let looks = 0; !watching.signal.aborted; looks += 1) {
        // Green before and after means that all rows between were complete, unless a copy was
        // killed and recovered in one interval.
        const before = await flow.health();
        const rows = await flow.shards();
        const after = await flow.health();
        colors.add(after.status);
        const lacking = rows.filter(({ inSync, state }) => !inSync || state !== "STARTED");
        if (before.status === "green" && after.status === "green" && lacking.length > 0)
          violations.push(`look ${looks}: ${JSON.stringify(lacking)}`);
      }
    })();
    for (const role of ["follower", "primary", "follower"]) {
      const [address] = role === "primary" ? await flow.primaries() : await flow.followers();
      await flow.signal(address!, "SIGKILL");
      await flow.whenHealth("yellow");
      await traffic.untilMore(20);
      await flow.rig.ok(["health", "--wait", "green", "--timeout", "20s"]);
      expect(
        (await flow.verify()).shards[0]?.copies.length,
        "copies that answer verify once green",
      ).toBe(3);
    }
    await traffic.stop();
    watching.abort();
    await watch;
    expect(violations).toEqual([]);
    expect(colors.has("yellow"), "the watch saw the killed copies").toBe(true);
    traffic.expectNoneFailed();
    await traffic.expectNothingLost();
    await flow.expectEqualCopies();
  },
);
