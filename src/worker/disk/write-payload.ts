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
const RULES_OF_RESTORES = 4;
const RESTORED_FIELD = 6;

/** A write that may replace the whole state. */
export interface WriteRequest extends WorkerRequest {
  /** The staged backup that replaces the state. */
  readonly restored?: string;
}

/** A write as a record of the log holds it. */
export interface LoggedWrite extends WriteRequest {
  /** Whether the first version of jflow logged the write. */
  readonly isFormer: boolean;
}

/**
 * Encodes a write request as the payload of a log record, so that a replay and other copies run
 * what the primary ran. A protobuf message: 1 endpoint, 2 requests (repeated `DataRequestProto`), 3
 * deployments (repeated), 4 rules (absent: 1), 5 packed requests (in place of 2), 6
 * staged backup that replaces the state.
 */
export function encodeWrite(request: WriteRequest): Uint8Array {
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
  if (request.restored !== undefined) {
    rules = RULES_OF_RESTORES;
    writer.putString(RESTORED_FIELD, request.restored);
  }
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
  if (rules > RULES_OF_RESTORES)
    throw new JflowError(
      "FAILED_PRECONDITION",
      `a newer jflow logged a write to ${endpoint}: start the flow with that version`,
    );
  const restored = rules < RULES_OF_RESTORES ? undefined : readRestored(payload);
  const places = deployments.length === 0 ? {} : { deployments };
  return { endpoint, requests, isFormer: rules < RULES, ...places, ...named(restored) };
}

function named(restored: string | undefined): Pick<LoggedWrite, "restored"> {
  return restored === undefined ? {} : { restored };
}

/** Returns the staged backup that a logged write replaces the state by, if any. */
export function readRestored(payload: Uint8Array): string | undefined {
  const reader = new ProtoReader(payload);
  while (reader.next()) if (reader.field === RESTORED_FIELD) return reader.string();
  return undefined;
}
