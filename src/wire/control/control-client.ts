import { Client, credentials, type MethodDefinition, type ServiceError } from "@grpc/grpc-js";
import type {
  ChildCommand,
  ChildReport,
  ControlAnswer,
  ControlRequest,
  FlowEvent,
  WatchRequest,
} from "../../model/control/messages.ts";
import { JflowError } from "../../util/errors.ts";
import type { Topology } from "../../model/topology.ts";
import { channelOptions, closeClientAfter, type ClientStream } from "../grpc.ts";
import type { MessageChannel } from "../message-channel.ts";
import { fromGrpcError } from "../status.ts";
import { channelOfClient, decodeJson, encodeJson, jsonCodec } from "../stream-channel.ts";
import { CONTROL, socketAddress } from "./control-methods.ts";
import { MAX_CONTROL_MESSAGE_BYTES } from "../../util/limits/processes.ts";

/**
 * A client of the supervisor's socket. It connects when it is first used. Every channel closes with
 * an error when the supervisor is lost.
 */
export class ControlClient {
  readonly #socketPath: string;
  readonly #client: Client;
  readonly #open = new Map<{ close(): void }, ClientStream>();

  /** Throws `INVALID_ARGUMENT` for a path that is too long. */
  constructor(socketPath: string) {
    this.#socketPath = socketPath;
    this.#client = new Client(
      socketAddress(socketPath),
      credentials.createInsecure(),
      channelOptions(MAX_CONTROL_MESSAGE_BYTES),
    );
  }

  /** The channel of a child. `register` must be its first report. */
  register(): MessageChannel<ChildReport, ChildCommand> {
    return this.#start(CONTROL.register);
  }

  /** Receives the whole topology, each time it changes. */
  follow(): MessageChannel<never, Topology> {
    return this.#start(CONTROL.follow);
  }

  /** Receives the events of the flow that the request names. */
  watch<Type extends FlowEvent["type"]>(
    request: WatchRequest<Type>,
  ): MessageChannel<WatchRequest, Extract<FlowEvent, { type: Type }>> {
    const channel = this.#start<WatchRequest, Extract<FlowEvent, { type: Type }>>(CONTROL.watch);
    channel.send(request);
    return channel;
  }

  /**
   * Rejects with `UNAVAILABLE` if no supervisor answers, and with `DEADLINE_EXCEEDED` after
   * `timeoutMs`.
   */
  async ask(request: ControlRequest, timeoutMs: number): Promise<ControlAnswer> {
    const { path, requestSerialize, responseDeserialize } = CONTROL.ask;
    const bytes = await new Promise<Uint8Array>((resolve, reject) => {
      const done = (error: ServiceError | null, response?: Uint8Array): void => {
        if (error) reject(fromGrpcError(error, this.#socketPath));
        else if (response) resolve(response);
        else reject(new JflowError("INTERNAL", `${this.#socketPath} sent no answer`));
      };
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        encodeJson(request),
        { deadline: Date.now() + timeoutMs },
        done,
      );
    });
    return decodeJson(bytes) as ControlAnswer;
  }

  /** Ends every open channel. */
  close(): void {
    closeClientAfter(this.#client, [...this.#open.values()]);
    for (const channel of this.#open.keys()) channel.close();
  }

  #start<Out, In>(method: MethodDefinition<Uint8Array, Uint8Array>): MessageChannel<Out, In> {
    const stream = this.#client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
    );
    const channel = channelOfClient<Out, In>(stream, jsonCodec(), this.#socketPath);
    this.#open.set(channel, stream);
    stream.on("status", () => this.#open.delete(channel));
    return channel;
  }
}
