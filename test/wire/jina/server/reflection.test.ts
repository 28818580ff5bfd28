import { Client, credentials, type MethodDefinition } from "@grpc/grpc-js";
import { load } from "@grpc/proto-loader";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { ProtoReader } from "../../../../src/util/protobuf/proto-reader.ts";
import { WorkerServer } from "../../../../src/wire/exchange/worker-server.ts";
import { JinaServer } from "../../../../src/wire/jina/server/jina-server.ts";

interface Answer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Uint8Array[] };
}

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
  stream.end();
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
 * client receives for a symbol.
 */
async function listFiles(
  port: number,
  symbol: string,
): Promise<readonly { name: string; imports: string[] }[]> {
  const { fileDescriptorResponse } = await ask(port, "v1alpha", { fileContainingSymbol: symbol });
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

test("a file arrives with its imports, so that a client can link them", async () => {
  const gateway = await serveGateway();
  const files = await listFiles(gateway.port, "jina.JinaRPC");
  const imports = new Set(files.flatMap((file) => file.imports));
  expect([...imports].toSorted()).toEqual(["docarray.proto", "google_protobuf.proto"]);
  expect(files.map(({ name }) => name).toSorted()).toEqual([
    "docarray.proto",
    "google_protobuf.proto",
    "jina.proto",
  ]);
  await gateway.close();
});
