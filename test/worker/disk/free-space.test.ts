import { describe, expect, test } from "vitest";
import { FreeSpace, spaceFor } from "../../../src/worker/disk/free-space.ts";

const MB = 1024 * 1024;

describe("free space before a write", () => {
  test("there must be room for the record and a snapshot on every copy, and some for the file system", () => {
    expect(spaceFor({ recordBytes: 100, snapshotBytes: 1000, copies: 2 })).toBe(4 * MB + 2200);
  });

  test("too little refuses the write, naming both figures; room made later lets writes in again", async () => {
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

  test("what was promised since the last look counts as taken", async () => {
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
