import { DocumentRequest } from "../../src/wire/jina/messages/document-request.ts";
import { JinaServer } from "../../src/wire/jina/server/jina-server.ts";
import { closeAfterwards } from "./rig.ts";
import type { CallContext } from "../../src/wire/call-context.ts";

/** Makes the messages of an answer. */
export type StreamMethod = (
  request: DocumentRequest,
  context: CallContext,
) => AsyncIterable<Uint8Array>;

export interface Streamer {
  readonly target: string;
  readonly seen: { readonly request: DocumentRequest; readonly endpoint: string | undefined }[];
}

/** Starts a server that looks like a stock executor to the gateway. */
export async function startStreamer(method: StreamMethod): Promise<Streamer> {
  const seen: Streamer["seen"] = [];
  const server = await JinaServer.start({
    host: "127.0.0.1",
    port: 0,
    maxMessageBytes: 1_000_000,
    prefetch: 1,
    handler: {
      call: async (bytes) => bytes,
      streamDoc(bytes, context) {
        const request = DocumentRequest.read(bytes);
        seen.push({ request, endpoint: context.metadata["endpoint"] });
        return method(request, context);
      },
    },
  });
  closeAfterwards(() => server.close(0));
  return { target: `127.0.0.1:${server.port}`, seen };
}

/** A message of its answer. */
export const answer = (document: Uint8Array): Uint8Array =>
  DocumentRequest.make({
    header: { requestId: "", execEndpoint: "", targetExecutor: "" },
    document,
  }).toBytes();
