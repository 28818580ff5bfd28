import { Client, credentials } from "@grpc/grpc-js";
import { Document } from "../../src/document/document.ts";
import { JINA } from "../../src/wire/jina/jina-methods.ts";
import { DataRequest, makeRequestId } from "../../src/wire/jina/messages/data-request.ts";
import type { LiveFlow } from "./live-flow.ts";

const DEADLINE_MS = 60_000;

/**
 * Callers in closed loops, each with a bare gRPC client that never retries. They write notes to
 * `/index` and read acknowledged notes with `/get`, and count every failed request and wrong
 * answer.
 */
export class RawCallers implements AsyncDisposable {
  readonly acknowledged: string[] = [];
  readonly problems: string[] = [];
  readonly waitsMs: number[] = [];
  requests = 0;
  /** No two instances write the same ids. */
  readonly #prefix = makeRequestId();
  readonly #clients: Client[] = [];
  #running: Promise<void>[] = [];
  #isStopped = false;

  /** Starts callers of a flow with a gRPC front; half of them write. */
  static async begin(flow: LiveFlow, callers: number): Promise<RawCallers> {
    const { gateway } = (await flow.status()).flow;
    const target = gateway["grpc"]!.replace("grpc://", "").replace("0.0.0.0", "127.0.0.1");
    const all = new RawCallers();
    for (let caller = 0; caller < callers; caller += 1) {
      const client = new Client(target, credentials.createInsecure(), {
        "grpc.enable_retries": 0,
        "grpc.use_local_subchannel_pool": 1,
      });
      all.#clients.push(client);
      all.#running.push(caller % 2 === 0 ? all.#write(client, caller) : all.#read(client, caller));
    }
    return all;
  }

  /** Resolves when the callers have had this many more answers. */
  async more(requests: number): Promise<void> {
    const wanted = this.requests + requests;
    while (this.requests < wanted) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running.splice(0));
  }

  /**
   * Returns the acknowledged notes that are missing, or were written twice. Reads `atOnce` notes at
   * a time.
   */
  async findLost(atOnce: number = 100): Promise<readonly string[]> {
    const lost: string[] = [];
    for (let from = 0; from < this.acknowledged.length; from += atOnce) {
      const ids = this.acknowledged.slice(from, from + atOnce);
      const found = await Promise.all(
        ids.map(async (id) => this.#call(this.#clients[0]!, "/get", { id })),
      );
      for (const [index, [note]] of found.entries())
        if (note?.text !== ids[index] || note?.tags["writes"] !== 1) lost.push(ids[index]!);
    }
    return lost;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    for (const client of this.#clients) client.close();
  }

  async #write(client: Client, caller: number): Promise<void> {
    for (let index = 0; !this.#isStopped; index += 1) {
      const id = `${this.#prefix}-${caller}-${index}`;
      await this.#count(`write of ${id}`, async () => {
        await this.#call(client, "/index", { id, text: id });
        this.acknowledged.push(id);
        return true;
      });
    }
  }

  async #read(client: Client, caller: number): Promise<void> {
    for (let index = caller; !this.#isStopped; index += 17) {
      const id = this.acknowledged[index % Math.max(1, this.acknowledged.length)];
      if (id === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
      else
        await this.#count(`read of ${id}`, async () => {
          const docs = await this.#call(client, "/get", { id });
          return docs.length === 1 && docs[0]?.text === id;
        });
    }
  }

  async #count(what: string, request: () => Promise<boolean>): Promise<void> {
    const startMs = performance.now();
    try {
      if (!(await request())) this.problems.push(`${what}: wrong answer`);
    } catch (error) {
      this.problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      // A stopped flow refuses requests at once, and the loop must not spin.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.waitsMs.push(performance.now() - startMs);
    this.requests += 1;
  }

  /** Rejects for a gRPC error and for an error in the header of the answer. */
  async #call(
    client: Client,
    execEndpoint: string,
    note: { readonly id: string; readonly text?: string },
  ): Promise<readonly Document[]> {
    const header = { requestId: makeRequestId(), execEndpoint, targetExecutor: "" };
    const bytes = DataRequest.make({ header, documents: [new Document(note).encode()] }).toBytes();
    const { path, requestSerialize, responseDeserialize } = JINA.processSingleData;
    const answer = await new Promise<Uint8Array>((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        bytes,
        { deadline: Date.now() + DEADLINE_MS },
        (error, response) => (error === null ? resolve(response!) : reject(error)),
      );
    });
    const { header: answered, documents } = DataRequest.read(answer);
    if (answered.status?.code === "ERROR") throw new Error(answered.status.description);
    return documents.map((each) => Document.decode(each));
  }
}
