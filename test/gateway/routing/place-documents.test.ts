import { expect, test } from "vitest";
import { listStale, sliceByPlace } from "../../../src/gateway/routing/place-documents.ts";

const SLICES = [
  { shard: 0, positions: [0, 2] },
  { shard: 1, positions: [1] },
];

test.each([
  { name: "nowhere: its own shard", places: [[], [], []], want: SLICES },
  {
    name: "another shard",
    places: [[2], [], [0]],
    want: [
      { shard: 0, positions: [2] },
      { shard: 1, positions: [1] },
      { shard: 2, positions: [0] },
    ],
  },
  {
    name: "two shards: both",
    places: [[0, 1], [1], [0]],
    want: [
      { shard: 0, positions: [0, 2] },
      { shard: 1, positions: [0, 1] },
    ],
  },
])("a document goes where it is: $name", ({ places, want }) => {
  expect(sliceByPlace(SLICES, places)).toEqual(want);
});

test.each([
  { route: { kind: "slices", slices: SLICES } as const, want: [{ shard: 1, positions: [0] }] },
  {
    route: { kind: "one", shard: 2 } as const,
    want: [
      { shard: 0, positions: [0, 2] },
      { shard: 1, positions: [0, 1] },
    ],
  },
])("a document is stale on every shard but its own: $route.kind", ({ route, want }) => {
  expect(listStale(route, [[0, 1], [1], [0]], ["a", "b", "c"])).toEqual(want);
});

test.each([
  { name: "located before the write", places: [[], [], []] },
  { name: "located after the write", places: [[0, 1], [0, 1], []] },
])(
  "of two documents with one id and different routings, the last one stays: $name",
  ({ places }) => {
    const route = {
      kind: "slices",
      slices: [
        { shard: 0, positions: [0, 2] },
        { shard: 1, positions: [1] },
      ],
    } as const;
    const stale = listStale(route, places, ["a", "a", "b"]);
    expect(stale.map(({ shard }) => shard)).toEqual([0]);
  },
);
