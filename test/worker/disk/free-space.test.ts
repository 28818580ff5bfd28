import { describe, expect, test } from "vitest";
import { FreeSpace, spaceFor } from "../../../src/worker/disk/free-space.ts";

const MB = 1024 * 1024;

describe("free space before a write", () => {
  test("a write needs space for its record and a snapshot on every copy, and a reserve", () => {
    expect(spaceFor({ recordBytes: 100, snapshotBytes: 1000, copies: 2 })).toBe(4 * MB + 2200);
  });

  test("too little space refuses the write with both sizes, and freed space admits writes again", async () => {
    let free = 5 * MB;
    let now = 0;
    const space = new FreeSpace(
      () => Promise.resolve(free),
      () => now,
    );
    const needed = { recordBytes: 100, snapshotBytes: 2 * MB, copies: 1 };
    const refusal = space.admit(needed);
    await expect(refusal).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    await expect(refusal).rejects.toThrow(`${5 * MB} bytes are free`);
    free = 50 * MB;
    now = 1000;
    await space.admit(needed);
  });

  test("space promised since the last measurement counts as used", async () => {
    const space = new FreeSpace(
      () => Promise.resolve(10 * MB),
      () => 0,
    );
    const needed = { recordBytes: 3 * MB, snapshotBytes: 0, copies: 1 };
    await space.admit(needed);
    await space.admit(needed);
    await expect(space.admit(needed)).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
  });
});
