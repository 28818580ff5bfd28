import { ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import type { WorkerRequest } from "../../wire/exchange/messages.ts";

/**
 * Encodes a write request as the payload of a log record, so that a replay and other copies run
 * what the primary ran. A protobuf message: 1 endpoint, 2 requests (repeated `DataRequestProto`), 3
 * deployments (repeated).
 */
export function encodeWrite(request: WorkerRequest): Uint8Array {
  const size = request.requests.reduce(
    (sum, bytes) => sum + bytes.length + 8,
    request.endpoint.length + 64,
  );
  const writer = new ProtoWriter(size).string(1, request.endpoint);
  for (const bytes of request.requests) writer.putBytes(2, bytes);
  for (const deployment of request.deployments ?? []) writer.putString(3, deployment);
  return writer.finish();
}

/**
 * Throws `RangeError` for malformed bytes: the checksums of the log make that a defect of jflow.
 */
export function decodeWrite(payload: Uint8Array): WorkerRequest {
  const reader = new ProtoReader(payload);
  const requests: Uint8Array[] = [];
  const deployments: string[] = [];
  let endpoint = "";
  while (reader.next()) {
    if (reader.field === 1) endpoint = reader.string();
    else if (reader.field === 2) requests.push(reader.slice());
    else if (reader.field === 3) deployments.push(reader.string());
  }
  return { endpoint, requests, ...(deployments.length === 0 ? {} : { deployments }) };
}
