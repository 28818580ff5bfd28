import {
  Client,
  credentials,
  type MethodDefinition,
  status,
  type StatusObject,
} from "@grpc/grpc-js";
import { load, loadFileDescriptorSetFromBuffer, type PackageDefinition } from "@grpc/proto-loader";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ProtoReader } from "../../../../src/util/protobuf/proto-reader.ts";
import { WorkerServer } from "../../../../src/wire/exchange/worker-server.ts";
import { JinaServer } from "../../../../src/wire/jina/server/jina-server.ts";

interface Answer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly errorResponse?: { readonly errorCode: number };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Uint8Array[] };
}

interface Field {
  readonly name: string;
  readonly number: number;
  readonly type?: string;
  readonly label?: string;
}

const GOOGLE = ["empty", "struct", "timestamp"].map((name) => `google/protobuf/${name}.proto`);

/** Sends one request to a server's reflection. */
async function ask(port: number, version: "v1alpha" | "v1", question: object): Promise<Answer> {
  const folder = dirname(createRequire(import.meta.url).resolve("@grpc/reflection/package.json"));
  const loaded = await load(
    join(folder, `build/proto/grpc/reflection/${version}/reflection.proto`),
  );
  const service = loaded[`grpc.reflection.${version}.ServerReflection`] as Record<
    string,
    MethodDefinition<object, Answer>
  >;
  const method = service["ServerReflectionInfo"]!;
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
  );
  const answer = new Promise<Answer>((resolve, reject) => {
    stream.on("data", resolve);
    stream.on("error", reject);
  });
  stream.write(question);
  const answered = await answer;
  const ended = new Promise<StatusObject>((resolve) => stream.on("status", resolve));
  stream.end();
  // Jina's gateway reads until the status of the call arrives.
  expect((await ended).code).toBe(status.OK);
  client.close();
  return answered;
}

/** Asks as Jina's gateway does for every new peer. */
async function listServices(port: number, version: "v1alpha" | "v1"): Promise<readonly string[]> {
  const { listServicesResponse } = await ask(port, version, { listServices: "" });
  return listServicesResponse!.service.map(({ name }) => name).toSorted();
}

/**
 * Returns the name and the imports (fields 1 and 3 of `FileDescriptorProto`) of the files that a
 * client receives.
 */
async function listFiles(
  port: number,
  question: object,
): Promise<readonly { name: string; imports: string[] }[]> {
  const { fileDescriptorResponse } = await ask(port, "v1alpha", question);
  return fileDescriptorResponse!.fileDescriptorProto.map((bytes) => {
    const reader = new ProtoReader(bytes);
    const file = { name: "", imports: [] as string[] };
    while (reader.next()) {
      if (reader.field === 1) file.name = reader.string();
      else if (reader.field === 3) file.imports.push(reader.string());
    }
    return file;
  });
}

const endpoints = { endpoints: ["/search"], writeEndpoints: [] };

test.each(["v1alpha", "v1"] as const)(
  "a worker lists only the services that Jina's gateway knows (%s)",
  async (version) => {
    const worker = await WorkerServer.start({
      host: "127.0.0.1",
      port: 0,
      maxMessageBytes: 1024,
      endpoints,
      handler: async (request) => ({ response: request.requests[0]!, isError: false }),
    });
    expect(await listServices(worker.port, version)).toEqual([
      "jina.JinaDataRequestRPC",
      "jina.JinaDiscoverEndpointsRPC",
      "jina.JinaInfoRPC",
      "jina.JinaRPC",
      "jina.JinaSingleDataRequestRPC",
    ]);
    await worker.close();
  },
);

async function* streamDoc(request: Uint8Array): AsyncGenerator<Uint8Array> {
  yield request;
}

async function serveGateway() {
  return JinaServer.start({
    host: "127.0.0.1",
    port: 0,
    handler: { call: async (bytes) => bytes, streamDoc },
    maxMessageBytes: 1024,
    prefetch: 1,
  });
}

test("a gateway lists its own services", async () => {
  const gateway = await serveGateway();
  expect(await listServices(gateway.port, "v1alpha")).toEqual([
    "jina.JinaGatewayDryRunRPC",
    "jina.JinaInfoRPC",
    "jina.JinaRPC",
    "jina.JinaSingleDataRequestRPC",
    "jina.JinaSingleDocumentRequestRPC",
  ]);
  await gateway.close();
});

test("a file arrives first, and then its imports, as protoc made them", async () => {
  const gateway = await serveGateway();
  const made = [
    { name: "jina.proto", imports: ["docarray.proto", ...GOOGLE] },
    { name: "docarray.proto", imports: ["google/protobuf/struct.proto"] },
    ...GOOGLE.map((name) => ({ name, imports: [] })),
  ];
  for (const symbol of ["jina.JinaRPC", "jina.JinaRPC.Call", "jina.DataRequestProto.parameters"])
    expect(await listFiles(gateway.port, { fileContainingSymbol: symbol }), symbol).toEqual(made);
  expect(await listFiles(gateway.port, { fileByFilename: "jina.proto" })).toEqual(made);
  const struct = "google.protobuf.Struct.FieldsEntry";
  expect(await listFiles(gateway.port, { fileContainingSymbol: struct })).toEqual([
    { name: "google/protobuf/struct.proto", imports: [] },
  ]);
  await gateway.close();
});

test.each([
  { fileContainingSymbol: "jina.Missing" },
  { fileByFilename: "google_protobuf.proto" },
  { fileContainingExtension: { containingType: "jina.RouteProto", extensionNumber: 1 } },
])("what does not exist is NOT_FOUND: %j", async (question) => {
  const gateway = await serveGateway();
  const { errorResponse } = await ask(gateway.port, "v1", question);
  expect(errorResponse).toMatchObject({ errorCode: 5 });
  await gateway.close();
});

test("the descriptors say what the files in protos/ say", async () => {
  const set = readFileSync("protos/jina.binpb");
  const [made, written] = [
    loadFileDescriptorSetFromBuffer(set),
    await load("jina.proto", { includeDirs: ["protos"], keepCase: true }),
  ];
  expect(listNames(made)).toEqual(listNames(written));
});

/** Returns the fields and methods of all messages and services, in a form to compare. */
function listNames(definition: PackageDefinition): readonly string[] {
  return Object.entries(definition)
    .filter(([name]) => name.startsWith("jina.") || name.startsWith("docarray."))
    .flatMap(([name, one]) => {
      if (!("type" in one)) return Object.values(one).map((method) => `${name} ${method.path}`);
      const { field = [], value = [] } = one.type as {
        readonly field?: readonly Field[];
        readonly value?: readonly Field[];
      };
      return [
        ...field.map((each) => `${name}.${each.name} ${each.number} ${each.type} ${each.label}`),
        ...value.map((each) => `${name}.${each.name} ${each.number}`),
      ];
    })
    .toSorted();
}
