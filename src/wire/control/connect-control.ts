import { Client, credentials, type MethodDefinition, type ServiceError } from "@grpc/grpc-js";
import type {
  ChildCommand,
  ChildReport,
  ControlAnswer,
  ControlRequest,
  FlowEvent,
  WatchRequest,
} from "../../model/control.ts";
import { JflowError } from "../../util/errors.ts";
import type { Topology } from "../../model/topology.ts";
import { channelOptions, closeClientAfter, type ClientStream } from "../grpc.ts";
import type { MessageChannel } from "../message-channel.ts";
import { fromGrpcError } from "../status.ts";
import { channelOfClient, decodeJson, encodeJson, jsonCodec } from "../stream-channel.ts";
import { CONTROL, CONTROL_MESSAGE_BYTES, socketAddress } from "./control-methods.ts";

/** A client of the supervisor's socket. A lost supervisor closes every channel with an error. */
export interface ControlClient {
  /** A child's channel; it sends `register` first. */
  register(): MessageChannel<ChildReport, ChildCommand>;
  /** The whole topology, each time it changes. */
  follow(): MessageChannel<never, Topology>;
  /**
   * Rejects with `UNAVAILABLE` where no supervisor answers, `DEADLINE_EXCEEDED` after `timeoutMs`.
   */
  ask(request: ControlRequest, timeoutMs: number): Promise<ControlAnswer>;
  watch(request: WatchRequest): MessageChannel<WatchRequest, FlowEvent>;
  /** Ends what is open. */
  close(): void;
}

/** Connects when first used. Throws `INVALID_ARGUMENT` for a path that is too long. */
export function connectControl(socketPath: string): ControlClient {
  const client = new Client(
    socketAddress(socketPath),
    credentials.createInsecure(),
    channelOptions(CONTROL_MESSAGE_BYTES),
  );
  const open = new Map<{ close(): void }, ClientStream>();
  const start = <Out, In>(
    method: MethodDefinition<Uint8Array, Uint8Array>,
  ): MessageChannel<Out, In> => {
    const stream = client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
    );
    const channel = channelOfClient<Out, In>(stream, jsonCodec(), socketPath);
    open.set(channel, stream);
    stream.on("status", () => open.delete(channel));
    return channel;
  };
  return {
    register: () => start(CONTROL.register),
    follow: () => start(CONTROL.follow),
    watch(request) {
      const channel = start<WatchRequest, FlowEvent>(CONTROL.watch);
      channel.send(request);
      return channel;
    },
    ask: async (request, timeoutMs) => ask(client, request, timeoutMs, socketPath),
    close() {
      closeClientAfter(client, [...open.values()]);
      for (const channel of open.keys()) channel.close();
    },
  };
}

async function ask(
  client: Client,
  request: ControlRequest,
  timeoutMs: number,
  peer: string,
): Promise<ControlAnswer> {
  const { path, requestSerialize, responseDeserialize } = CONTROL.ask;
  const bytes = await new Promise<Uint8Array>((resolve, reject) => {
    const done = (error: ServiceError | null, response?: Uint8Array): void => {
      if (response && !error) resolve(response);
      else
        reject(
          error
            ? fromGrpcError(error, peer)
            : new JflowError("INTERNAL", `${peer} answered nothing`),
        );
    };
    client.makeUnaryRequest(
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
