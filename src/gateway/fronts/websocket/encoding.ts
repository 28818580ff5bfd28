import { isUtf8 } from "node:buffer";
import type { JflowError } from "../../../util/errors.ts";
import { DataRequest } from "../../../wire/jina/messages/data-request.ts";
import { toRequestStatus } from "../../../wire/jina/messages/request-status.ts";
import { answerError } from "../../../wire/jina/server/call-streams.ts";
import type { FlowService } from "../../handler/flow-service.ts";
import { statusToJson, writeSnakeAnswer } from "../json/answer-json.ts";
import { isProblem, readJsonRequest } from "../json/request-json.ts";

/**
 * The messages that end the input. Jina's clients send the byte 0 (`bytes(True)` in Python); its
 * documentation says 1. Neither is a request.
 */
const END_OF_INPUT: readonly (number | undefined)[] = [0, 1];

/** Reads and writes the messages of one connection. */
export interface Encoding {
  /** Returns `end` if the client sends no more requests. */
  read(message: Buffer): DataRequest | "end" | { readonly problem: string };
  /**
   * Returns the request of a message whose documents are not decoded; undefined if that is JSON.
   */
  peek(message: Buffer): DataRequest | undefined;
  write(response: DataRequest): Promise<Uint8Array | string>;
  /** Writes the answer to a request that failed; undefined if the message was not a request. */
  writeFailure(request: DataRequest | undefined, error: JflowError): Uint8Array | string;
}

export const BYTES: Encoding = {
  read: (message) =>
    message.length === 1 && END_OF_INPUT.includes(message[0]) ? "end" : DataRequest.read(message),
  peek: (message) => DataRequest.read(message),
  write: async (response) => response.toBytes(),
  writeFailure: (request, error) => answerError(request?.toBytes() ?? new Uint8Array(), error),
};

export class JsonEncoding implements Encoding {
  readonly #flow: FlowService;
  readonly #maxBytes: number;

  /** `maxBytes`: the bound of the JSON of an answer. */
  constructor(flow: FlowService, maxBytes: number) {
    this.#flow = flow;
    this.#maxBytes = maxBytes;
  }

  read(message: Buffer): DataRequest | "end" | { readonly problem: string } {
    const text = decode(message);
    if (text === undefined) return { problem: "the message is not valid UTF-8" };
    if (text.trim() === "{}") return "end";
    const read = readJsonRequest(text, this.#flow);
    return isProblem(read) ? { problem: `${read.place.join(".")}: ${read.message}` } : read.request;
  }

  peek(): undefined {
    return undefined;
  }

  async write(response: DataRequest): Promise<string> {
    return writeSnakeAnswer(response, { maxBytes: this.#maxBytes });
  }

  writeFailure(request: DataRequest | undefined, error: JflowError): string {
    const { header, parameters } = request ?? NO_REQUEST;
    const status = statusToJson(toRequestStatus(error));
    const shown = { request_id: header.requestId, exec_endpoint: header.execEndpoint, status };
    return JSON.stringify({ header: shown, parameters, routes: [], data: [] });
  }
}

/** Text frames are valid UTF-8, but a client may send its JSON as a binary frame. */
function decode(message: Buffer): string | undefined {
  return isUtf8(message) ? message.toString("utf8") : undefined;
}

const NO_REQUEST = DataRequest.read(new Uint8Array());
