import { expect, test } from "vitest";
import { LiveFlow, type Note } from "../../rig/live-flow.ts";
import { Random } from "../../simulation/random.ts";

const seed = Number(process.env["SEED"] ?? 11);
const SHARDS = (process.env["SHARDS"] ?? "1,2,3,8").split(",").map(Number);
const DOCUMENTS = 1_200;
const QUERIES = 200;

const flowOf = (shards: readonly number[]): string =>
  [
    "jtype: Flow",
    "with: {protocol: http, port: 0}",
    "executors:",
    ...shards.flatMap((count) => [
      `  - name: s${count}`,
      "    uses: HNSWIndexer",
      "    uses_with: {metric: l2}",
      `    shards: ${count}`,
      "    needs: gateway",
      ...(count === 1 ? [] : ["    uses_after: MatchMerger"]),
    ]),
    "  - name: end",
    `    needs: [${shards.map((count) => `s${count}`).join(", ")}]`,
    "",
  ].join("\n");

/** Vectors on a small grid, so that many documents and many distances are equal. */
function gridNote(id: string, random: Random): Note {
  return { id, text: id, embedding: Array.from({ length: 4 }, () => random.below(4)) };
}

test(
  `G11: exact search over ${SHARDS.join(", ")} shards returns the ids and scores of one shard, also for ties`,
  { timeout: 120_000 },
  async () => {
    await using flow = await LiveFlow.start(flowOf(SHARDS));
    const random = new Random(seed);
    const notes = Array.from({ length: DOCUMENTS }, (_, i) => gridNote(`d${i}`, random));
    const queries = Array.from({ length: QUERIES }, (_, i) => gridNote(`q${i}`, random));
    for (const shards of SHARDS) {
      for (let from = 0; from < notes.length; from += 100)
        await flow.must("/index", notes.slice(from, from + 100), { target: `^s${shards}$` });
    }
    const ask = async (
      shards: number,
      parameters: Record<string, unknown>,
    ): Promise<readonly unknown[]> => {
      const { docs } = await flow.must("/search", queries, { target: `^s${shards}$`, parameters });
      return docs.map(({ id, matches }) => [
        id,
        matches?.map((match) => [match.id, match.scores?.["l2"]?.value]),
      ]);
    };
    let ties = 0;
    for (const parameters of [{ limit: 10 }, { limit: 7, offset: 5 }, { limit: 200 }]) {
      const whole = await ask(1, parameters);
      for (const query of whole as [string, [string, number][]][])
        ties += query[1].filter(([, score], i) => i > 0 && query[1][i - 1]![1] === score).length;
      for (const shards of SHARDS)
        expect(
          await ask(shards, parameters),
          `SEED=${seed}: ${shards} shards, ${JSON.stringify(parameters)}`,
        ).toEqual(whole);
    }
    expect(
      ties,
      "neighbours with the same score: without any, ties were not looked at",
    ).toBeGreaterThan(1_000);
  },
);
