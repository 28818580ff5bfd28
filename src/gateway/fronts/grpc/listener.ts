import { JinaServer } from "../../../wire/jina/server/jina-server.ts";
import type { ListenOptions } from "../../../model/listen-options.ts";
import type { FrontListener } from "../front-listener.ts";
import type { GrpcFront } from "./front.ts";

export interface GrpcListenOptions extends ListenOptions {
  readonly maxMessageBytes: number;
  /** Requests in flight per stream, if the stream does not ask for a number. */
  readonly prefetch: number;
}

/** An open gRPC port. */
export class GrpcListener implements FrontListener {
  readonly #server: JinaServer;

  private constructor(server: JinaServer) {
    this.#server = server;
  }

  /** Rejects with `ALREADY_EXISTS` and a message with host:port if the port is taken. */
  static async open(
    { tls, ...options }: GrpcListenOptions,
    front: GrpcFront,
  ): Promise<GrpcListener> {
    return new GrpcListener(
      await JinaServer.start({ ...options, handler: front, ...(tls ? { tls } : {}) }),
    );
  }

  get port(): number {
    return this.#server.port;
  }

  setServing(serving: boolean): void {
    this.#server.setServing(serving);
  }

  async close(graceMs: number): Promise<void> {
    await this.#server.close(graceMs);
  }
}
