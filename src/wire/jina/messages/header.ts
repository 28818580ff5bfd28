import type { ExceptionDetails } from "../../../util/errors.ts";
import { translateRangeErrors } from "../../../util/malformed.ts";
import { ProtoReader } from "../../../util/protobuf/proto-reader.ts";
import { ProtoWriter, varintLength } from "../../../util/protobuf/proto-writer.ts";
import { writeRecordHead } from "./request-bytes.ts";

/** A field of jflow in Jina's `ExceptionProto`. Other clients skip it. */
const REPLICA_FIELD = 100;

/** Jina's `StatusProto`. */
export interface RequestStatus {
  readonly code: "SUCCESS" | "ERROR";
  readonly description: string;
  readonly exception?: ExceptionDetails;
}

/** Jina's `HeaderProto`. An absent `exec_endpoint` or `target_executor` is `""`. */
export interface RequestHeader {
  readonly requestId: string;
  /** Absent: SUCCESS. */
  readonly status?: RequestStatus;
  readonly execEndpoint: string;
  /** A regular expression for the names of deployments; `""` selects all. */
  readonly targetExecutor: string;
  /** Jina's field `timeout`, in seconds. */
  readonly timeoutSeconds?: number;
}

/** Jina's `RouteProto`: one step of a request. Times are in milliseconds since 1970. */
export interface RouteStep {
  readonly executor: string;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly status?: RequestStatus;
}

export function encodeStatus(status: RequestStatus): Uint8Array {
  const writer = new ProtoWriter(64)
    .uint(1, status.code === "ERROR" ? 1 : 0)
    .string(2, status.description);
  if (status.exception) writer.putBytes(3, encodeException(status.exception));
  return writer.finish();
}

/** Decodes `StatusProto`. Throws `INVALID_ARGUMENT` for malformed bytes. */
export function decodeStatus(bytes: Uint8Array): RequestStatus {
  return translateRangeErrors("StatusProto", () => readStatus(new ProtoReader(bytes)));
}

export function encodeHeader(header: RequestHeader): Uint8Array {
  const writer = new ProtoWriter(96).string(1, header.requestId);
  if (header.status) writer.putBytes(2, encodeStatus(header.status));
  writer.string(3, header.execEndpoint).string(4, header.targetExecutor);
  if (header.timeoutSeconds !== undefined) writer.putUint(5, header.timeoutSeconds);
  return writer.finish();
}

/** Decodes `HeaderProto`. Throws `INVALID_ARGUMENT` for malformed bytes. */
export function decodeHeader(bytes: Uint8Array): RequestHeader {
  return translateRangeErrors("HeaderProto", () => {
    const reader = new ProtoReader(bytes);
    const header: Writable<RequestHeader> = { requestId: "", execEndpoint: "", targetExecutor: "" };
    while (reader.next()) {
      if (reader.field === 1) header.requestId = reader.validString();
      else if (reader.field === 2) header.status = readStatus(reader.message());
      else if (reader.field === 3) header.execEndpoint = reader.validString();
      else if (reader.field === 4) header.targetExecutor = reader.validString();
      else if (reader.field === 5) header.timeoutSeconds = reader.uint();
    }
    return header;
  });
}

export function encodeRoute(route: RouteStep): Uint8Array {
  const writer = new ProtoWriter(64).string(1, route.executor);
  if (route.startMs !== undefined) writeTimestamp(writer, 2, route.startMs);
  if (route.endMs !== undefined) writeTimestamp(writer, 3, route.endMs);
  if (route.status) writer.putBytes(4, encodeStatus(route.status));
  return writer.finish();
}

/** Decodes `RouteProto`. Throws `INVALID_ARGUMENT` for malformed bytes. */
export function decodeRoute(bytes: Uint8Array): RouteStep {
  return translateRangeErrors("RouteProto", () => {
    const reader = new ProtoReader(bytes);
    const route: Writable<RouteStep> = { executor: "" };
    while (reader.next()) {
      if (reader.field === 1) route.executor = reader.string();
      else if (reader.field === 2) route.startMs = readTimestamp(reader.message());
      else if (reader.field === 3) route.endMs = readTimestamp(reader.message());
      else if (reader.field === 4) route.status = readStatus(reader.message());
    }
    return route;
  });
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

function encodeException(exception: ExceptionDetails): Uint8Array {
  const writer = new ProtoWriter(256).string(1, exception.name);
  for (const argument of exception.args) writer.putString(2, argument);
  for (const stack of exception.stacks) writer.putString(3, stack);
  writer.string(4, exception.executor);
  if (exception.replica !== undefined) writer.putString(REPLICA_FIELD, exception.replica);
  return writer.finish();
}

function readStatus(reader: ProtoReader): RequestStatus {
  const status: Writable<RequestStatus> = { code: "SUCCESS", description: "" };
  while (reader.next()) {
    if (reader.field === 1) status.code = reader.uint() === 0 ? "SUCCESS" : "ERROR";
    else if (reader.field === 2) status.description = reader.string();
    else if (reader.field === 3) status.exception = readException(reader.message());
  }
  return status;
}

function readException(reader: ProtoReader): ExceptionDetails {
  const args: string[] = [];
  const stacks: string[] = [];
  let name = "";
  let executor = "";
  let replica: string | undefined;
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) args.push(reader.string());
    else if (reader.field === 3) stacks.push(reader.string());
    else if (reader.field === 4) executor = reader.string();
    else if (reader.field === REPLICA_FIELD) replica = reader.string();
  }
  return { name, args, stacks, executor, ...(replica === undefined ? {} : { replica }) };
}

/** Writes a `google.protobuf.Timestamp`: whole seconds and nanoseconds. */
function writeTimestamp(writer: ProtoWriter, field: number, ms: number): void {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const nanoseconds = Math.max(0, Math.round((ms - seconds * 1000) * 1_000_000));
  const lengthOf = (value: number): number => (value === 0 ? 0 : 1 + varintLength(value));
  writeRecordHead(writer, field, lengthOf(seconds) + lengthOf(nanoseconds));
  writer.uint(1, seconds).uint(2, nanoseconds);
}

function readTimestamp(reader: ProtoReader): number {
  let ms = 0;
  while (reader.next()) {
    if (reader.field === 1) ms += reader.uint() * 1000;
    else if (reader.field === 2) ms += reader.uint() / 1_000_000;
  }
  return ms;
}
