import { mkdtemp, open, readdir, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DocumentStore } from "../../../src/vector-index/vector-index.ts";
import { seededRandom } from "../random-vectors.ts";

const SMALL = { segmentBytes: 64 * 1024 };

let folder: string;
const opened: DocumentStore[] = [];

async function openStore(name = "work"): Promise<DocumentStore> {
  const store = await DocumentStore.open(join(folder, name), SMALL);
  opened.push(store);
  return store;
}

async function restore(snapshot: string, name: string): Promise<DocumentStore> {
  const store = await DocumentStore.restore(join(folder, snapshot), join(folder, name), SMALL);
  opened.push(store);
  return store;
}

function textOf(store: DocumentStore, id: string): string | undefined {
  const bytes = store.get(id);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
}

function put(store: DocumentStore, id: string, text: string): void {
  store.put(id, Buffer.from(text));
}

function putMany(store: DocumentStore, prefix: string, count: number): void {
  for (let i = 0; i < count; i += 1)
    put(store, `${prefix}${i}`, `${prefix} document ${i} `.repeat(10));
}

async function segmentsIn(name: string): Promise<string[]> {
  return (await readdir(join(folder, name))).filter((file) => file.endsWith(".docs")).toSorted();
}

async function flipByte(path: string, at: number): Promise<void> {
  const file = await open(path, "r+");
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at);
  await file.write(Buffer.of(buffer.readUInt8() ^ 0xff), 0, 1, at);
  await file.close();
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jflow-store-"));
});

afterEach(async () => {
  for (const store of opened.splice(0)) store.close();
  await rm(folder, { recursive: true });
});

describe("the document store", () => {
  test("gives back 20,000 documents through updates, deletes, compaction, snapshot and restore", async () => {
    const random = seededRandom(41);
    const store = await openStore();
    const truth = new Map<string, string>();
    for (let i = 0; i < 20_000; i += 1) {
      const id = `d${i}`;
      truth.set(id, `${i} `.repeat(1 + Math.floor(random() * 40)));
      put(store, id, truth.get(id)!);
    }
    for (let i = 0; i < 30_000; i += 1) {
      const id = `d${Math.floor(random() * 20_000)}`;
      truth.set(id, `new ${i}`);
      put(store, id, `new ${i}`);
    }
    for (let i = 0; i < 20_000; i += 3) expect(store.delete(`d${i}`)).toBe(truth.delete(`d${i}`));
    const before = await segmentsIn("work");
    expect(await store.compact()).toBeGreaterThan(0);
    expect((await segmentsIn("work")).length).toBeLessThan(before.length);
    await store.snapshot(join(folder, "snapshot"));
    const restored = await restore("snapshot", "again");
    for (const one of [store, restored]) {
      expect(one.count).toBe(truth.size);
      expect([...one.ids()].toSorted()).toEqual([...truth.keys()].toSorted());
      const wrong = [...truth].filter(([id, text]) => textOf(one, id) !== text);
      expect(wrong, "documents that are not what was put").toEqual([]);
    }
    expect(restored.digest()).toBe(store.digest());
    expect([...restored.ids()]).toEqual([...store.ids()]);
  });

  test("knows nothing of what was never put, and takes any id and any bytes", async () => {
    const store = await openStore();
    expect([store.get("x"), store.delete("x"), store.has("x"), store.count]).toEqual([
      undefined,
      false,
      false,
      0,
    ]);
    const odd = ["", "ключ/../\0", "x".repeat(5000)];
    for (const id of odd) store.put(id, new Uint8Array(0));
    store.put("large", Buffer.alloc(200_000, 7));
    expect(store.getMany([...odd, "none"]).map((bytes) => bytes?.length)).toEqual([
      0,
      0,
      0,
      undefined,
    ]);
    expect(
      Buffer.alloc(200_000, 7).equals(store.get("large")!),
      "a document larger than a segment",
    ).toBe(true);
    expect([...store.ids()]).toEqual([...odd, "large"]);
  });

  test("keeps a document's place in the order when it is replaced, and gives a new one the last", async () => {
    const store = await openStore();
    for (const id of ["a", "b", "c"]) put(store, id, id);
    put(store, "a", "again");
    store.delete("b");
    put(store, "b", "anew");
    expect([...store.ids()]).toEqual(["a", "c", "b"]);
  });

  test("has a digest of its content alone", async () => {
    const [one, two] = [await openStore("one"), await openStore("two")];
    put(one, "a", "1");
    put(one, "b", "2");
    put(two, "b", "other");
    put(two, "c", "3");
    put(two, "b", "2");
    put(two, "a", "1");
    expect(two.digest()).not.toBe(one.digest());
    two.delete("c");
    expect(two.digest()).toBe(one.digest());
    await two.compact();
    expect(two.digest()).toBe(one.digest());
  });

  test("packs documents that are mostly zeros, also through compaction and restore", async () => {
    const store = await openStore();
    const sparse = (seed: number): Buffer => {
      const bytes = Buffer.alloc(2048);
      for (let i = 0; i < 40; i += 1) bytes[(seed * 7 + i * 51) % 2048] = 1 + i;
      return bytes;
    };
    for (let i = 0; i < 1000; i += 1) store.put(`d${i}`, sparse(i));
    for (let i = 0; i < 1000; i += 2) store.delete(`d${i}`);
    await store.snapshot(join(folder, "one"));
    const sizes = (await segmentsIn("one")).map(async (name) => stat(join(folder, "one", name)));
    const bytes = (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
    expect(bytes).toBeLessThan(1000 * 256);
    const restored = await restore("one", "again");
    expect(restored.digest()).toBe(store.digest());
    for (let i = 1; i < 1000; i += 2) {
      expect(sparse(i).equals(store.get(`d${i}`)!)).toBe(true);
      expect(sparse(i).equals(restored.get(`d${i}`)!)).toBe(true);
    }
  });

  test("removes what an earlier process left in its working folder", async () => {
    const store = await openStore();
    put(store, "a", "1");
    store.close();
    opened.length = 0;
    expect((await openStore()).count).toBe(0);
    expect(await segmentsIn("work")).toEqual([]);
  });
});

describe("a snapshot", () => {
  test("links sealed segments, copies the short open one, and stays as it was whatever comes after", async () => {
    const store = await openStore();
    putMany(store, "a", 1000);
    await store.snapshot(join(folder, "one"));
    put(store, "short", "kept in a segment of its own, for the one before was sealed");
    await store.snapshot(join(folder, "two"));
    const names = await segmentsIn("two");
    const inodes = async (name: string, files: readonly string[]): Promise<number[]> =>
      Promise.all(files.map(async (file) => (await stat(join(folder, name, file))).ino));
    const sealed = names.slice(0, -1);
    expect(sealed.length).toBeGreaterThan(2);
    expect(await inodes("two", sealed), "sealed segments share their bytes").toEqual(
      await inodes("work", sealed),
    );
    expect(await inodes("one", sealed), "with the snapshot before too").toEqual(
      await inodes("work", sealed),
    );
    expect(await inodes("two", names.slice(-1)), "the open one does not").not.toEqual(
      await inodes("work", names.slice(-1)),
    );

    for (let i = 0; i < 1000; i += 1) store.delete(`a${i}`);
    put(store, "short", "changed");
    putMany(store, "b", 500);
    await store.compact();
    const restored = await restore("two", "again");
    expect(restored.count).toBe(1001);
    expect(textOf(restored, "short")).toContain("kept in a segment");
    expect(textOf(restored, "a999")).toBe("a document 999 ".repeat(10));
  });

  test("can be restored many times, each store going its own way", async () => {
    const store = await openStore();
    putMany(store, "a", 700);
    await store.snapshot(join(folder, "one"));
    const [left, right] = [await restore("one", "left"), await restore("one", "right")];
    put(left, "a1", "left");
    put(right, "a1", "right");
    expect([textOf(store, "a1"), textOf(left, "a1"), textOf(right, "a1")]).toEqual([
      "a document 1 ".repeat(10),
      "left",
      "right",
    ]);
    await left.snapshot(join(folder, "two"));
    expect(textOf(await restore("two", "left again"), "a1")).toBe("left");
  });

  test("is not changed by a store that was restored from it and writes on", async () => {
    const store = await openStore();
    put(store, "a", "little, so that the segment goes on");
    await store.snapshot(join(folder, "one"));
    const restored = await restore("one", "again");
    put(restored, "b", "more");
    expect(await segmentsIn("again")).toEqual(await segmentsIn("one"));
    const twice = await restore("one", "twice");
    expect([twice.count, textOf(twice, "a"), textOf(restored, "b")]).toEqual([
      1,
      textOf(store, "a"),
      "more",
    ]);
  });

  test("does not leave a segment more for each restart", async () => {
    let store = await openStore();
    for (let i = 0; i < 20; i += 1) {
      put(store, `d${i}`, "little");
      await store.snapshot(join(folder, `snapshot ${i}`));
      store = await restore(`snapshot ${i}`, `work ${i}`);
    }
    expect(store.count).toBe(20);
    expect(await segmentsIn("work 19")).toHaveLength(1);
  });

  test("refuses writes while it is made, and answers reads", async () => {
    const store = await openStore();
    putMany(store, "a", 300);
    const saving = store.snapshot(join(folder, "one"));
    expect(() => put(store, "b", "1")).toThrow(/saving/);
    expect(() => store.delete("a1")).toThrow(/saving/);
    expect(textOf(store, "a1")).toBe("a document 1 ".repeat(10));
    await saving;
    put(store, "b", "1");
    expect(store.count).toBe(301);
  });

  test("of nothing is a snapshot too", async () => {
    await (await openStore()).snapshot(join(folder, "one"));
    const restored = await restore("one", "again");
    put(restored, "a", "1");
    expect(restored.count).toBe(1);
  });
});

describe("damage", () => {
  test("of a record is told with its document and place, the others being as they were", async () => {
    const store = await openStore();
    putMany(store, "a", 20);
    const [file = ""] = await segmentsIn("work");
    await flipByte(join(folder, "work", file), 30);
    expect(() => store.get("a0")).toThrow(
      /segment-000001\.docs is damaged: the record of document "a0" at byte 0/,
    );
    expect(textOf(store, "a1")).toBe("a document 1 ".repeat(10));
  });

  test("met by a compaction stops it, and loses nothing else", async () => {
    const store = await openStore();
    putMany(store, "a", 1000);
    const [file = ""] = await segmentsIn("work");
    await flipByte(join(folder, "work", file), 60_000);
    for (let i = 0; i < 250; i += 1) store.delete(`a${i}`);
    await expect(store.compact()).rejects.toMatchObject({ code: "DATA_LOSS" });
    expect(textOf(store, "a260")).toBe("a document 260 ".repeat(10));
  });

  test("of a snapshot's files is refused when it is restored", async () => {
    const store = await openStore();
    putMany(store, "a", 400);
    await store.snapshot(join(folder, "one"));
    const index = join(folder, "one", "documents.index");
    const { size } = await stat(index);
    const refused = { code: "DATA_LOSS", message: expect.stringContaining("damaged") as string };
    for (const at of [0, 9, 20, Math.floor(size / 2), size - 1]) {
      await flipByte(index, at);
      await expect(restore("one", "again"), `byte ${at}`).rejects.toMatchObject(refused);
      await flipByte(index, at);
    }
    const [file = ""] = await segmentsIn("one");
    await truncate(join(folder, "one", file), 100);
    await expect(restore("one", "again")).rejects.toMatchObject(refused);
    await rm(join(folder, "one", file));
    await expect(restore("one", "again")).rejects.toMatchObject(refused);
    await rm(index);
    await expect(restore("one", "again")).rejects.toMatchObject({ code: "DATA_LOSS" });
  });
});
