import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DataRequest } from "../../../src/wire/jina/messages/data-request.ts";
import { makeFolder, makeSpec, openLoneCopy } from "./rig.ts";

let folder: Awaited<ReturnType<typeof makeFolder>>;
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(() => folder.remove());

describe("a lone copy", () => {
  test("takes no write and answers no read before it is promoted", async () => {
    const copy = await openLoneCopy(makeSpec(folder.path));
    await expect(copy.write("a", "/index", { x: "1" })).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: "store/0/0 is not the primary of its shard",
    });
    await expect(copy.get("x")).rejects.toMatchObject({
      code: "UNAVAILABLE",
      message: "store/0/0 is not in the read rotation",
    });
    await copy.service.close();
  });

  test("an acknowledged write is read back, also by the next process after an unclean end", async () => {
    const copy = await openLoneCopy(makeSpec(folder.path));
    await copy.promote(1);
    const reply = await copy.write("a", "/index", { x: "one", y: "two" });
    expect(reply).toMatchObject({ isError: false, copies: { total: 1, successful: 1, failed: 0 } });
    expect(await copy.get("x", "y", "z")).toEqual(["one", "two", ""]);
    const before = await copy.service.inspect();
    expect(before).toMatchObject({ seq: 1, docs: 2 });

    const next = await openLoneCopy(makeSpec(folder.path));
    expect(next.service.copy).toMatchObject({ copyId: copy.service.copy.copyId, isEmpty: false });
    await next.promote(2);
    expect(await next.get("x", "y")).toEqual(["one", "two"]);
    expect(await next.service.inspect()).toEqual(before);
    await next.service.close();
  });

  test("a clean end saves a snapshot with state, operation ids and history for the next process", async () => {
    const copy = await openLoneCopy(makeSpec(folder.path));
    await copy.promote(1);
    for (let n = 0; n < 5; n += 1)
      await copy.write(`op-${n}`, "/index", { [`d${n}`]: `text ${n}` });
    const before = await copy.service.inspect();
    await copy.service.close();

    const next = await openLoneCopy(makeSpec(folder.path));
    await next.promote(2);
    expect(await next.service.inspect()).toEqual(before);
    await next.write("op-3", "/index", { d3: "changed" });
    expect(await next.get("d3")).toEqual(["text 3"]);
    await next.write("op-5", "/index", { d3: "changed" });
    expect(await next.get("d3")).toEqual(["changed"]);
    expect(await next.service.inspect()).toMatchObject({ seq: 6 });
    await next.service.close();
  });

  test("a repeat of a write is not applied again, while it runs or later, and is answered with its own documents and the first result", async () => {
    const copy = await openLoneCopy(makeSpec(folder.path));
    await copy.promote(1);
    const [first, second] = await Promise.all([
      copy.write("same", "/index", { x: "one" }),
      copy.write("same", "/index", { x: "one" }),
    ]);
    expect([first.isError, second.isError]).toEqual([false, false]);
    const third = await copy.write("same", "/index", { x: "three" });
    await copy.write("other", "/index", { y: "two" });
    const fourth = await copy.write("same", "/index", { x: "three" });
    const answers = [first, second, third, fourth].map(({ response }) =>
      DataRequest.read(response),
    );
    for (const { documents } of answers) expect(documents).toHaveLength(1);
    expect(answers.map(({ parameters }) => parameters["__results__"])).toEqual(
      answers.map(() => ({ "store/rep-0": { held: 1 } })),
    );
    expect(await copy.service.inspect()).toMatchObject({
      seq: 2,
      digest: '[2,["x","one"],["y","two"]]',
    });
    await copy.service.close();
  });

  test("a write that throws is logged with that outcome, which its answer and a repeat after a restart carry", async () => {
    const copy = await openLoneCopy(makeSpec(folder.path));
    await copy.promote(1);
    const reply = await copy.write("bad", "/fail", { x: "one" });
    expect(reply.isError).toBe(true);
    expect(DataRequest.read(reply.response).header.status).toMatchObject({
      description: "RangeError: cannot index x",
      exception: { name: "RangeError", executor: "Store" },
    });
    expect(await copy.service.inspect()).toMatchObject({ seq: 1, digest: "[1]" });
    await copy.service.close();

    const next = await openLoneCopy(makeSpec(folder.path));
    await next.promote(2);
    const repeat = await next.write("bad", "/fail", { x: "one" });
    expect(DataRequest.read(repeat.response).header.status?.description).toBe(
      "RangeError: cannot index x",
    );
    expect(await next.service.inspect()).toMatchObject({ seq: 1, digest: "[1]" });
    await next.service.close();
  });

  test("a malformed request is refused and not logged", async () => {
    const copy = await openLoneCopy(makeSpec(folder.path));
    await copy.promote(1);
    const { signal } = new AbortController();
    await expect(
      copy.service.handle({ endpoint: "/index", requests: [new Uint8Array([0xff, 0xff])] }, signal),
    ).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    expect(await copy.service.inspect()).toMatchObject({ seq: 0 });
    await copy.service.close();
  });

  test("hundreds of writes at once share fsyncs and are applied in one order", async () => {
    const copy = await openLoneCopy(makeSpec(folder.path));
    await copy.promote(1);
    const ids = Array.from({ length: 300 }, (_, n) => `d${n}`);
    await Promise.all(ids.map((id) => copy.write(`op-${id}`, "/index", { [id]: id })));
    expect(await copy.get(...ids)).toEqual(ids);
    expect(await copy.service.inspect()).toMatchObject({ seq: 300, docs: 300 });
    await copy.service.close();
  });

  test("a backlog of writes lets other tasks of the process run in between", async () => {
    const copy = await openLoneCopy(makeSpec(folder.path, { usesWith: { slowMs: 10 } }));
    await copy.promote(1);
    const ids = Array.from({ length: 30 }, (_, n) => `d${n}`);
    const writing = Promise.all(ids.map((id) => copy.write(`op-${id}`, "/index", { [id]: id })));
    while (copy.service.countDocuments() === 0) await setImmediate();
    expect(copy.service.countDocuments()).toBeLessThan(ids.length);
    await writing;
    await copy.service.close();
  });
});
