import { setTimeout as sleep } from "node:timers/promises";
import { Document, Executor, type DocumentArray, type RequestContext } from "jflow";

/** The error that a twin throws on request. */
class TwinError extends Error {
  override readonly name = "TwinError";
}

/** Does the same as `Twin` of python/twins.py. */
export class Twin extends Executor<{ mark?: string }> {
  static override readonly requests = {
    "/echo": "echo",
    "/mark": "putMark",
    "/index": "append",
    "/search": "append",
    "/custom": "append",
    "/match": "match",
    "/overlap": "overlap",
    "/results": "results",
    "/replace": "replace",
    "/none": "none",
    "/fail": "fail",
    "/fail-shard": "failShard",
    "/wait": "wait",
    "/matrix": "matrix",
    "/pid": "pid",
    "/die": "die",
  };

  echo(): void {}

  putMark(docs: DocumentArray): void {
    for (const doc of docs) doc.text += `|${this.config.mark ?? ""}`;
  }

  append(docs: DocumentArray): void {
    docs.push(new Document({ id: `new-${this.shard}`, text: "new" }));
  }

  match(docs: DocumentArray): void {
    for (const doc of docs) {
      doc.text = `shard ${this.shard}`;
      doc.tags = [{}, { c: "d" }, { a: "b" }][this.shard] ?? {};
      const found = [0, 1, 2, 3, 4].map((i) => ({
        id: `${this.shard}-${i}`,
        text: `m${i}`,
        tags: { shard: this.shard },
        scores: { cosine: { value: (i * 3 + this.shard + 1) / 16 } },
      }));
      doc.matches = [...doc.matches, ...found.map((init) => new Document(init))];
    }
  }

  overlap(docs: DocumentArray): void {
    for (const doc of docs) {
      doc.matches = Array.from(
        { length: 3 },
        (_, i) =>
          new Document({
            id: `m${this.shard + i}`,
            tags: this.shard === 0 ? {} : { shard: this.shard },
            scores: { cosine: { value: (1 + this.shard) / 8 } },
            text: this.shard === 2 ? "from 2" : "",
            chunks: [{ id: `c${this.shard}`, text: "chunk" }],
          }),
      );
    }
  }

  results(docs: DocumentArray, { parameters }: RequestContext): Record<string, unknown> {
    return { mark: this.config.mark ?? "", seen: parameters, count: docs.length };
  }

  replace(docs: DocumentArray): DocumentArray {
    return docs.flatMap(({ id, text }) =>
      [0, 1].map((i) => new Document({ id: `${id}-${i}`, text: `${text}${i}` })),
    );
  }

  none(): DocumentArray {
    return [];
  }

  fail(docs: DocumentArray): void {
    if (docs.length === 0 || docs[0]?.text === "fail") throw new TwinError("told to fail");
  }

  failShard(docs: DocumentArray, { parameters }: RequestContext): void {
    const shards = parameters["shards"];
    if (Array.isArray(shards) && shards.includes(this.shard)) throw new TwinError("told to fail");
    for (const doc of docs)
      doc.matches = [...doc.matches, new Document({ id: `from-${this.shard}` })];
  }

  async wait(docs: DocumentArray): Promise<void> {
    for (const { tags } of docs) await sleep(Number(tags["wait"] ?? 0) * 1000);
  }

  matrix(docs: DocumentArray, { docsMatrix, docsMap }: RequestContext): Record<string, unknown> {
    return {
      docs: docs.map(({ id }) => id),
      matrix: (docsMatrix ?? []).map((branch) => branch.map(({ id, text }) => `${id}:${text}`)),
      map: [...(docsMap?.keys() ?? [])].toSorted(),
    };
  }

  pid(docs: DocumentArray): void {
    for (const doc of docs) doc.tags = { pid: process.pid };
  }

  die(): void {
    process.kill(process.pid, "SIGKILL");
  }
}

/** Binds one endpoint. */
export class Narrow extends Executor {
  static override readonly requests = { "/only": "only" };

  only(docs: DocumentArray): void {
    for (const doc of docs) doc.text += "|only";
  }
}

/** Binds one endpoint and the default endpoint. */
export class Catch extends Executor {
  static override readonly requests = { "/known": "known", "/default": "rest" };

  known(docs: DocumentArray): void {
    for (const doc of docs) doc.text += "|known";
  }

  rest(docs: DocumentArray): void {
    for (const doc of docs) doc.text += "|rest";
  }
}

/** The executor before the shards (`uses_before`) or after them (`uses_after`). */
export class Around extends Executor {
  static override readonly requests = { "/before": "before", "/mark": "before", "/match": "after" };

  before(docs: DocumentArray): void {
    for (const doc of docs) doc.text += "|before";
  }

  after(_docs: DocumentArray, { docsMatrix }: RequestContext): DocumentArray | undefined {
    if (docsMatrix === undefined) return undefined;
    return [
      new Document({ id: "after", text: docsMatrix.map((branch) => branch.length).join(" ") }),
    ];
  }
}
