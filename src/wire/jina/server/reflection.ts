import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { status, type Server, type ServiceDefinition } from "@grpc/grpc-js";
import { JflowError } from "../../../util/errors.ts";
import { ProtoReader } from "../../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../../util/protobuf/proto-writer.ts";
import { defineMethod, type ServerStream } from "../../grpc.ts";
import { toGrpcStatus } from "../../status.ts";
import { Descriptors } from "./descriptors.ts";

/**
 * Both versions of gRPC server reflection, whose messages are the same
 * (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md). Jina's gateway uses v1alpha.
 */
const REFLECTION = {
  v1alpha: defineMethod("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "bidi"),
  v1: defineMethod("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "bidi"),
} satisfies ServiceDefinition;

/** The descriptors that protoc makes of `protos/jina.proto` and its imports. */
const DESCRIPTORS = fileURLToPath(new URL("../../../../protos/jina.binpb", import.meta.url));

/** Field numbers of `ServerReflectionRequest`. */
const REQUEST = {
  fileByName: 3,
  fileBySymbol: 4,
  extension: 5,
  extensions: 6,
  services: 7,
} as const;
/** Field numbers of `ServerReflectionResponse`. */
const RESPONSE = { host: 1, request: 2, files: 4, extensions: 5, services: 6, error: 7 } as const;

/**
 * Adds server reflection that lists exactly `services`. Old gateways of Jina fail on an unknown
 * name, so the health service and jflow's own services are not listed. The descriptors are read
 * with the first call.
 */
export function addReflection(server: Server, services: readonly string[]): void {
  let loaded: Promise<ReflectionAnswers> | undefined;
  const serve = (stream: ServerStream): void => {
    loaded ??= loadAnswers(services);
    void answerAll(stream, loaded);
  };
  server.addService(REFLECTION, { v1alpha: serve, v1: serve });
}

async function loadAnswers(services: readonly string[]): Promise<ReflectionAnswers> {
  return new ReflectionAnswers(new Descriptors(await readFile(DESCRIPTORS)), services);
}

async function answerAll(stream: ServerStream, loaded: Promise<ReflectionAnswers>): Promise<void> {
  try {
    const answers = await loaded;
    // A stream that its reader destroys at the end never sends its status.
    const requests = stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    for await (const request of requests) stream.write(answers.answer(request));
    stream.end();
  } catch (error) {
    if (!stream.cancelled) stream.emit("error", toGrpcStatus(error));
  }
}

class ReflectionAnswers {
  readonly #descriptors: Descriptors;
  readonly #services: readonly string[];

  constructor(descriptors: Descriptors, services: readonly string[]) {
    this.#descriptors = descriptors;
    this.#services = services;
  }

  /** Answers a `ServerReflectionRequest`. Throws `INVALID_ARGUMENT` for malformed bytes. */
  answer(request: Uint8Array): Uint8Array {
    const { host, field, text } = readRequest(request);
    const writer = new ProtoWriter(512).string(RESPONSE.host, host);
    writer.putBytes(RESPONSE.request, request);
    switch (field) {
      case REQUEST.fileByName:
        return writeFiles(writer, this.#descriptors.findByName(text), `the file ${text}`);
      case REQUEST.fileBySymbol:
        return writeFiles(writer, this.#descriptors.findBySymbol(text), `the symbol ${text}`);
      case REQUEST.extension:
        return writeFiles(writer, undefined, "the extension");
      case REQUEST.extensions:
        return this.#writeExtensions(writer, text);
      case REQUEST.services:
        return this.#writeServices(writer);
      default:
        return writeError(writer, status.UNIMPLEMENTED, "the request asks for nothing known");
    }
  }

  /** No message of Jina has extensions. */
  #writeExtensions(writer: ProtoWriter, type: string): Uint8Array {
    if (this.#descriptors.findBySymbol(type) === undefined)
      return writeFiles(writer, undefined, `the type ${type}`);
    return writer
      .putBytes(RESPONSE.extensions, new ProtoWriter().string(1, type).finish())
      .finish();
  }

  #writeServices(writer: ProtoWriter): Uint8Array {
    const list = new ProtoWriter();
    for (const name of this.#services) list.putBytes(1, new ProtoWriter().string(1, name).finish());
    return writer.putBytes(RESPONSE.services, list.finish()).finish();
  }
}

interface ReflectionRequest {
  readonly host: string;
  /** The number of the field that says what is asked for; 0 if no field does. */
  readonly field: number;
  readonly text: string;
}

function readRequest(bytes: Uint8Array): ReflectionRequest {
  try {
    const read = { host: "", field: 0, text: "" };
    const reader = new ProtoReader(bytes);
    while (reader.next()) {
      if (reader.field === RESPONSE.host) read.host = reader.string();
      else if (reader.field >= REQUEST.fileByName && reader.field <= REQUEST.services) {
        read.field = reader.field;
        read.text = reader.string();
      }
    }
    return read;
  } catch (cause) {
    throw new JflowError("INVALID_ARGUMENT", "the bytes are not a ServerReflectionRequest", {
      cause,
    });
  }
}

function writeFiles(
  writer: ProtoWriter,
  files: readonly Uint8Array[] | undefined,
  what: string,
): Uint8Array {
  if (files === undefined) return writeError(writer, status.NOT_FOUND, `${what} does not exist`);
  const list = new ProtoWriter(8192);
  for (const file of files) list.putBytes(1, file);
  return writer.putBytes(RESPONSE.files, list.finish()).finish();
}

function writeError(writer: ProtoWriter, code: number, message: string): Uint8Array {
  const error = new ProtoWriter().putUint(1, code).string(2, message).finish();
  return writer.putBytes(RESPONSE.error, error).finish();
}
