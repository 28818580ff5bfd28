import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mayMount } from "../../rig/may-mount.ts";
import { LiveFlow, notesFlow, type Note } from "../../rig/live-flow.ts";
import { eventually } from "../../rig/rig.ts";

/** Mounts a small file system at a folder. Disposing unmounts it. */
class SmallDisk implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "jflow-disk-"));

  constructor(bytes: number) {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", this.folder]);
  }

  /** Fills the disk up to this many free bytes, or completely if others write meanwhile. */
  fill(leave: number): void {
    const { bavail, bsize } = statfsSync(this.folder);
    try {
      writeFileSync(
        join(this.folder, "filler"),
        new Uint8Array(Math.max(0, bavail * bsize - leave)),
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }

  makeRoom(): void {
    rmSync(join(this.folder, "filler"));
  }

  [Symbol.dispose](): void {
    execFileSync("umount", [this.folder]);
    rmSync(this.folder, { recursive: true });
  }
}

const note = (id: string): Note => ({ id, text: "x".repeat(10_000) });

test.runIf(mayMount())(
  "G18: a full disk rejects writes but not reads, and accepts writes again when it has space",
  { timeout: 60_000 },
  async () => {
    using disk = new SmallDisk(32 * 1024 * 1024);
    await using flow = await LiveFlow.start(
      notesFlow({ shards: 1, replicas: 2, more: [`workspace: ${disk.folder}`] }),
    );
    await flow.must("/index", [note("before")]);
    disk.fill(4 * 1024 * 1024 + 300_000);
    const acknowledged: string[] = [];
    const refused = await eventually("writes are refused", async () => {
      const id = `fill-${acknowledged.length}`;
      const outcome = await flow.post("/index", [note(id)]);
      if (outcome.ok) acknowledged.push(id);
      return !outcome.ok && outcome;
    });
    expect(refused.why).toMatch(/the disk is nearly full/);
    for (let i = 0; i < 20; i += 1) {
      const outcome = await flow.post("/index", [note(`full-${i}`)]);
      expect(outcome.ok, "G18: acknowledged although the disk is full").toBe(false);
    }
    expect((await flow.health()).status, "the copies keep running").toBe("green");
    await flow.must("/get", [{ id: "before" }]);

    disk.makeRoom();
    await eventually(
      "writes are taken again",
      async () => (await flow.post("/index", [note("after")])).ok,
    );
    await flow.expectEqualCopies();
    const wanted = ["before", ...acknowledged];
    const { docs } = await flow.must(
      "/get",
      [...wanted, "full-0", "full-19"].map((id) => ({ id })),
    );
    expect(docs.map(({ id }) => id)).toEqual(wanted);
  },
);

test.runIf(mayMount())(
  "G18: a disk without a free byte loses no acknowledged write, and the copies recover with space",
  { timeout: 60_000 },
  async () => {
    using disk = new SmallDisk(32 * 1024 * 1024);
    await using flow = await LiveFlow.start(
      notesFlow({
        shards: 1,
        replicas: 2,
        more: [`workspace: ${disk.folder}`, "timeout_send: 1500"],
      }),
    );
    await flow.must("/index", [note("before")]);
    // A check of the disk is valid for 250 ms, so a write may be admitted and find the disk full.
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      await flow.must("/index", [note(`room-${round}`)]);
      acknowledged.push(`room-${round}`);
      disk.fill(0);
      for (let i = 0; i < 5; i += 1) {
        const outcome = await flow.post("/index", [note(`none-${round}-${i}`)]);
        expect(outcome.ok, "G18: acknowledged without space").toBe(false);
      }
      disk.makeRoom();
      await flow.whenHealth("green");
      await eventually(
        "writes are taken again",
        async () => (await flow.post("/index", [note(`again-${round}`)])).ok,
      );
      acknowledged.push(`again-${round}`);
    }
    await flow.expectEqualCopies();
    const { docs } = await flow.must(
      "/get",
      ["before", ...acknowledged].map((id) => ({ id })),
    );
    expect(docs.map(({ id, tags }) => [id, tags?.["writes"]])).toEqual(
      ["before", ...acknowledged].map((id) => [id, 1]),
    );
  },
);
