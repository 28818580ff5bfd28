import { setTimeout as sleep } from "node:timers/promises";
import { Executor, type DocumentArray, type RequestContext } from "jflow";

/**
 * Returns the replica that handled each request, and obeys the text of the documents: `throw`,
 * `die`, `wait:200`, `busy:200`, `env:NAME`.
 */
export class Teller extends Executor {
  static override readonly requests = { "/tell": "tell", "/search": "tell", "/results": "results" };

  async tell(docs: DocumentArray): Promise<void> {
    for (const doc of docs) {
      if (doc.text === "throw") throw new TypeError(`told to throw at ${doc.id}`);
      if (doc.text === "die") process.kill(process.pid, "SIGKILL");
      if (doc.text.startsWith("wait:")) await sleep(Number(doc.text.slice(5)));
      if (doc.text.startsWith("busy:")) spin(Number(doc.text.slice(5)));
      const said = doc.text.startsWith("env:") ? (process.env[doc.text.slice(4)] ?? "") : doc.text;
      doc.tags = {
        ...doc.tags,
        said,
        replica: this.replica,
        shard: this.shard,
        shards: this.shards,
        pid: process.pid,
      };
    }
  }

  results(_docs: DocumentArray, context: RequestContext): Record<string, unknown> {
    return { shard: this.shard, replica: this.replica, parameters: context.parameters };
  }
}

function spin(ms: number): void {
  const end = Date.now() + ms;
  while (Date.now() < end) Math.sqrt(end);
}
