import { dirname, join } from "node:path";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterAll, expect, test } from "vitest";
import { LiveFlow, notesFlow } from "../../rig/live-flow.ts";
import { Traffic, vectorNote } from "../../rig/traffic.ts";
import { seededRandom } from "../../storage/simulated-files.ts";
import { forgetUnsynced, journalledNode } from "../../storage/sync-journal.ts";

const seed = Number(process.env["SEED"] ?? 2);
const scratch = mkdtempSync(join(tmpdir(), "jflow-unplugged-"));
afterAll(() => rmSync(scratch, { recursive: true }));

for (const uses of ["./notebook.ts", "HNSWIndexer"]) {
  const vectors = uses === "HNSWIndexer";
  test(
    `G2: no acknowledged write is lost when all processes end and unsynced data is lost or damaged (${uses})`,
    { timeout: 60_000 },
    async () => {
      const journal = join(scratch, vectors ? "vectors" : "notes");
      const { args, env } = journalledNode(scratch, journal);
      const more = vectors ? ["uses_after: MatchMerger"] : [];
      await using flow = await LiveFlow.start(notesFlow({ shards: 2, replicas: 2, uses, more }), {
        ...env,
        NODE_OPTIONS: args.join(" "),
      });
      const random = seededRandom(seed);
      const traffic = new Traffic(flow, {
        writers: 6,
        readers: 0,
        seed,
        ...(vectors ? { vectors, noteOf: vectorNote } : {}),
      });
      let forgotten = 0;
      for (let loss = 1; loss <= 3; loss += 1) {
        traffic.begin();
        await traffic.untilMore(60);
        await flow.killAll();
        await traffic.stop();
        forgotten += forgetUnsynced(flow.workspace("notes"), journal, random);
        forgotten += forgetUnsynced(dirname(flow.stateFile), journal, random);
        await flow.up();
        await flow.whenHealth("green");
      }
      await traffic.expectNothingLost();
      await flow.expectEqualCopies();
      expect(
        forgotten,
        "bytes that were lost with the power: without any the test shows nothing",
      ).toBeGreaterThan(0);
    },
  );
}
