import { JflowError } from "../../util/errors.ts";
import { translateRangeErrors } from "../../util/malformed.ts";
import { BYTES, ProtoReader } from "../../util/protobuf/proto-reader.ts";
import { ProtoWriter, varintLength } from "../../util/protobuf/proto-writer.ts";
import type { TraceContext } from "../../util/tracing/trace-context.ts";
import { isErrorCode } from "../status.ts";
import type { WorkerReply, WorkerRequest } from "./messages.ts";

/** The field of the requests in `jflow.Call`. They are not copied. */
const REQUESTS = 5;
/** The field of the response in `jflow.Reply`. It is not copied. */
const RESPONSE = 3;

/**
 * Encodes a request as the parts of a `jflow.Call`. The bytes of the requests are parts themselves.
 */
export function encodeCall(request: WorkerRequest): readonly Uint8Array[] {
  const head = new ProtoWriter(64)
    .string(1, request.endpoint)
    .uint(2, Math.max(0, Math.ceil(request.timeoutMs ?? 0)))
    .string(3, request.operationId ?? "")
    .bool(4, request.alone ?? false);
  if (request.trace) writeTrace(head, request.trace);
  for (const deployment of request.deployments ?? []) head.putString(6, deployment);
  const parts = [head.finish()];
  for (const bytes of request.requests) parts.push(recordHead(REQUESTS, bytes.length), bytes);
  return parts;
}

/** Decodes a `jflow.Call`. Throws `INVALID_ARGUMENT` for malformed bytes. */
export function decodeCall(bytes: Uint8Array): WorkerRequest {
  return translateRangeErrors("a call", () => {
    const reader = new ProtoReader(bytes);
    const requests: Uint8Array[] = [];
    const deployments: string[] = [];
    const call: DecodedCall = {
      endpoint: "",
      requests,
    };
    while (reader.next()) {
      if (reader.field === 1) call.endpoint = reader.string();
      else if (reader.field === 2) call.timeoutMs = reader.uint();
      else if (reader.field === 3) call.operationId = reader.string();
      else if (reader.field === 4) call.alone = reader.bool();
      else if (reader.field === REQUESTS) requests.push(reader.slice());
      else if (reader.field === 6) deployments.push(reader.string());
      else readTraceField(reader, call);
    }
    if (deployments.length > 0) call.deployments = deployments;
    return call;
  });
}

type DecodedCall = { -readonly [Key in keyof WorkerRequest]: WorkerRequest[Key] };

function writeTrace(head: ProtoWriter, { traceparent, tracestate = "" }: TraceContext): void {
  head.string(7, traceparent).string(8, tracestate);
}

function readTraceField(reader: ProtoReader, call: DecodedCall): void {
  if (reader.field === 7) call.trace = { traceparent: reader.string() };
  else if (reader.field === 8 && call.trace)
    call.trace = { ...call.trace, tracestate: reader.string() };
}

/** Encodes a reply as the parts of a `jflow.Reply`. */
export function encodeReply(reply: WorkerReply): readonly Uint8Array[] {
  const head = new ProtoWriter(32).bool(1, reply.isError);
  if (reply.copies) {
    const { total, successful, failed } = reply.copies;
    head.putBytes(
      2,
      new ProtoWriter(16).uint(1, total).uint(2, successful).uint(3, failed).finish(),
    );
  }
  return [head.finish(), recordHead(RESPONSE, reply.response.length), reply.response];
}

/** Decodes a `jflow.Reply`. Throws `INVALID_ARGUMENT` for malformed bytes. */
export function decodeReply(bytes: Uint8Array): WorkerReply {
  return translateRangeErrors("a reply", () => {
    const reader = new ProtoReader(bytes);
    const reply: { -readonly [Key in keyof WorkerReply]: WorkerReply[Key] } = {
      response: new Uint8Array(0),
      isError: false,
    };
    while (reader.next()) {
      if (reader.field === 1) reply.isError = reader.bool();
      else if (reader.field === 2) reply.copies = readCopies(reader.message());
      else if (reader.field === RESPONSE) reply.response = reader.slice();
    }
    return reply;
  });
}

/** Encodes an error as the payload of an error frame (`jflow.Failure`). */
export function encodeFailure(error: JflowError): readonly Uint8Array[] {
  return [new ProtoWriter(128).string(1, error.code).string(2, error.message).finish()];
}

/** Decodes the payload of an error frame. Throws `INVALID_ARGUMENT` for malformed bytes. */
export function decodeFailure(bytes: Uint8Array): JflowError {
  return translateRangeErrors("a failure", () => {
    const reader = new ProtoReader(bytes);
    let code = "";
    let message = "";
    while (reader.next()) {
      if (reader.field === 1) code = reader.string();
      else if (reader.field === 2) message = reader.string();
    }
    return new JflowError(isErrorCode(code) ? code : "INTERNAL", message);
  });
}

function readCopies(reader: ProtoReader): { total: number; successful: number; failed: number } {
  const copies = { total: 0, successful: 0, failed: 0 };
  while (reader.next()) {
    if (reader.field === 1) copies.total = reader.uint();
    else if (reader.field === 2) copies.successful = reader.uint();
    else if (reader.field === 3) copies.failed = reader.uint();
  }
  return copies;
}

function recordHead(field: number, length: number): Uint8Array {
  return new ProtoWriter(1 + varintLength(length))
    .varint(field * 8 + BYTES)
    .varint(length)
    .finish();
}
