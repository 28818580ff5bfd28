import { EventEmitter } from "node:events";
import { fileURLToPath } from "node:url";
import type { Server, ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { JflowError } from "../../../util/errors.ts";
import { ProtoWriter } from "../../../util/protobuf/proto-writer.ts";
import { concatBytes, ProtoReader } from "../../../util/protobuf/proto-reader.ts";
import { defineMethod, type ServerStream } from "../../grpc.ts";
import { toGrpcStatus } from "../../status.ts";

/**
 * Both versions of gRPC server reflection
 * (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md). Jina's gateway uses v1alpha.
 */
const REFLECTION = {
  v1alpha: defineMethod("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "bidi"),
  v1: defineMethod("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "bidi"),
} satisfies ServiceDefinition;

const PROTOS = fileURLToPath(new URL("../../../../protos", import.meta.url));

/** Field numbers of `FileDescriptorProto`. */
const FILE_NAME = 1;
const FILE_DEPENDENCY = 3;

/**
 * The imports of each file, under the names of proto-loader, which joins the files of a package and
 * drops their imports.
 */
const IMPORTS: Readonly<Record<string, readonly string[]>> = {
  "jina.proto": ["docarray.proto", "google_protobuf.proto"],
  "docarray.proto": ["google_protobuf.proto"],
};

/** A service as `@grpc/reflection` adds it to a server. */
interface TypedService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

/**
 * Adds server reflection that lists exactly `services`. Old gateways of Jina fail on an unknown
 * name, so the health service and jflow's own services are not listed. The reflective codec is
 * loaded with the first call: it would add 70 ms to each start.
 */
export function addReflection(server: Server, services: readonly string[]): void {
  let loaded: Promise<ReadonlyMap<string, TypedService>> | undefined;
  const serve = (stream: ServerStream, path: string): void => {
    stream.pause();
    loaded ??= loadReflection(services);
    loaded.then(
      (byPath) => connect(stream, byPath.get(path)),
      (error: unknown) => stream.emit("error", toGrpcStatus(error)),
    );
  };
  server.addService(REFLECTION, {
    v1alpha: (stream: ServerStream) => serve(stream, REFLECTION.v1alpha.path),
    v1: (stream: ServerStream) => serve(stream, REFLECTION.v1.path),
  });
}

async function loadReflection(
  services: readonly string[],
): Promise<ReadonlyMap<string, TypedService>> {
  const [{ ReflectionService }, { load }] = await Promise.all([
    import("@grpc/reflection"),
    import("@grpc/proto-loader"),
  ]);
  const definition = await load("jina.proto", { includeDirs: [PROTOS] });
  for (const entry of Object.values(definition)) {
    if (Array.isArray(entry.fileDescriptorProtos))
      entry.fileDescriptorProtos = entry.fileDescriptorProtos.map(addImports);
  }
  const byPath = new Map<string, TypedService>();
  new ReflectionService(definition, { services: [...services] }).addToServer({
    addService: (service, implementation) => {
      for (const method of Object.values(service))
        byPath.set(method.path, { definition: service, implementation });
    },
  });
  return byPath;
}

/** Returns the descriptor with its imports, which a client needs to link the files. */
function addImports(file: Uint8Array): Buffer {
  const reader = new ProtoReader(file);
  const writer = new ProtoWriter(64);
  while (reader.next()) {
    if (reader.field !== FILE_NAME) continue;
    for (const name of IMPORTS[reader.string()] ?? []) writer.string(FILE_DEPENDENCY, name);
  }
  return Buffer.from(concatBytes([file, writer.finish()]));
}

/** Connects a stream of bytes to the package's typed handler. */
function connect(stream: ServerStream, service: TypedService | undefined): void {
  const [name, method] = Object.entries(service?.definition ?? {})[0] ?? [];
  const handler = name === undefined ? undefined : service?.implementation[name];
  if (!method || typeof handler !== "function") {
    stream.emit(
      "error",
      toGrpcStatus(
        new JflowError("UNIMPLEMENTED", "the server does not support this version of reflection"),
      ),
    );
    return;
  }
  const typed = Object.assign(new EventEmitter(), {
    write: (message: unknown) => stream.write(method.responseSerialize(message)),
    end: () => stream.end(),
  });
  Reflect.apply(handler, undefined, [typed]);
  stream.on("data", (bytes: Uint8Array) =>
    forward(stream, typed, () => method.requestDeserialize(Buffer.from(bytes))),
  );
  stream.on("end", () => typed.emit("end"));
  stream.resume();
}

function forward(stream: ServerStream, typed: EventEmitter, decode: () => unknown): void {
  try {
    typed.emit("data", decode());
  } catch (error) {
    stream.emit(
      "error",
      toGrpcStatus(
        new JflowError("INVALID_ARGUMENT", "the bytes are not a ServerReflectionRequest", {
          cause: error,
        }),
      ),
    );
  }
}
