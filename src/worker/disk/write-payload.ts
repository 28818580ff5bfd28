import { JflowError } from "../../util/errors.ts";
import { ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../util/protobuf/proto-writer.ts";
import { packZeros, unpackZeros } from "../../util/bytes/zero-runs.ts";
import type { WorkerRequest } from "../../wire/exchange/messages.ts";

/**
 * The rules that a write is logged under. The built-in index of the first version ignored a filter
 * of `/delete` and `/clear`, and replaced documents at `/update`. A record of the first version has
 * no number, and a replay must repeat what it did. Earlier versions cannot read packed requests.
 */
const RULES = 2;
const RULES_OF_PACKED = 3;

/** A write as a record of the log holds it. */
export interface LoggedWrite extends WorkerRequest {
  /** Whether the first version of jflow logged the write. */
  readonly isFormer: boolean;
}

/**
 * Encodes a write request as the payload of a log record, so that a replay and other copies run
 * what the primary ran. A protobuf message: 1 endpoint, 2 requests (repeated `DataRequestProto`), 3
 * deployments (repeated), 4 rules (absent: 1), 5 packed requests (in place of 2).
 */
export function encodeWrite(request: WorkerRequest): Uint8Array {
  const size = request.requests.reduce(
    (sum, bytes) => sum + bytes.length + 8,
    request.endpoint.length + 64,
  );
  const writer = new ProtoWriter(size).string(1, request.endpoint);
  let rules = RULES;
  for (const bytes of request.requests) {
    const packed = packZeros(bytes);
    if (packed !== undefined) rules = RULES_OF_PACKED;
    writer.putBytes(packed === undefined ? 2 : 5, packed ?? bytes);
  }
  for (const deployment of request.deployments ?? []) writer.putString(3, deployment);
  return writer.uint(4, rules).finish();
}

/**
 * Throws `RangeError` for malformed bytes: the checksums of the log make that a defect of jflow.
 * Throws `FAILED_PRECONDITION` for a write under later rules.
 */
export function decodeWrite(payload: Uint8Array): LoggedWrite {
  const reader = new ProtoReader(payload);
  const requests: Uint8Array[] = [];
  const deployments: string[] = [];
  let endpoint = "";
  let rules = 1;
  while (reader.next()) {
    if (reader.field === 1) endpoint = reader.string();
    else if (reader.field === 2) requests.push(reader.slice());
    else if (reader.field === 3) deployments.push(reader.string());
    else if (reader.field === 4) rules = reader.uint();
    else if (reader.field === 5) requests.push(unpackZeros(reader.slice()));
  }
  if (rules > RULES_OF_PACKED)
    throw new JflowError(
      "FAILED_PRECONDITION",
      `a newer jflow logged a write to ${endpoint}: start the flow with that version`,
    );
  const isFormer = rules < RULES;
  return { endpoint, requests, isFormer, ...(deployments.length === 0 ? {} : { deployments }) };
}
