import { fileURLToPath } from "node:url";
import type { MethodDefinition } from "@grpc/grpc-js";
import { load } from "@grpc/proto-loader";

/** A message as the reflective codec reads it: plain objects with the names in `protos/`. */
export type Plain = Record<string, unknown>;

/** An independent codec, generated from `protos/`, that tests compare with jflow's codec. */
export interface ReferenceCodec {
  encodeRequest(request: Plain): Uint8Array;
  decodeRequest(bytes: Uint8Array): Plain;
  encodeDocument(document: Plain): Uint8Array;
  decodeDocument(bytes: Uint8Array): Plain;
}

/** Loads the reference codec from the shipped protos. */
export async function loadReferenceCodec(): Promise<ReferenceCodec> {
  const protos = fileURLToPath(new URL("../../../protos", import.meta.url));
  const definition = await load("jina.proto", {
    includeDirs: [protos],
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: false,
  });
  const service = definition["jina.JinaRPC"] as Record<string, MethodDefinition<Plain, Plain>>;
  const { requestSerialize, responseDeserialize } = service["Call"]!;
  const encodeRequest = (request: Plain): Uint8Array => requestSerialize(request);
  const decodeRequest = (bytes: Uint8Array): Plain => responseDeserialize(Buffer.from(bytes));
  return {
    encodeRequest,
    decodeRequest,
    // The only document of a request: its bytes follow three tags and lengths.
    encodeDocument: (document) =>
      unwrap(encodeRequest({ data: { docs: { docs: [document] } } }), 3),
    decodeDocument: (bytes) => {
      const request = decodeRequest(wrap(wrap(wrap(bytes, 1), 1), 4)) as {
        data: { docs: { docs: Plain[] } };
      };
      return request.data.docs.docs[0]!;
    },
  };
}

function wrap(bytes: Uint8Array, field: number): Uint8Array {
  const head = [field * 8 + 2];
  let rest = bytes.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) head.push((rest % 128) | 128);
  return Buffer.concat([Uint8Array.from([...head, rest]), bytes]);
}

function unwrap(bytes: Uint8Array, levels: number): Uint8Array {
  if (levels === 0) return bytes;
  let at = 1;
  while (bytes[at]! > 127) at += 1;
  return unwrap(bytes.subarray(at + 1), levels - 1);
}
