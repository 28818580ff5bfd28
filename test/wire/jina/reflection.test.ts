import { Client, credentials } from "@grpc/grpc-js";
import { load } from "@grpc/proto-loader";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { serveWorker } from "../../../src/wire/exchange/serve-worker.ts";
import { serveJina } from "../../../src/wire/jina/serve-jina.ts";

interface ListAnswer {
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
}

/** What a stock gateway asks of every new peer. */
async function listServices(port: number, version: "v1alpha" | "v1"): Promise<readonly string[]> {
  const folder = dirname(createRequire(import.meta.url).resolve("@grpc/reflection/package.json"));
  const loaded = await load(join(folder, `build/proto/grpc/reflection/${version}/reflection.proto`));
  const service = loaded[`grpc.reflection.${version}.ServerReflection`] as Record<
    string,
    import("@grpc/grpc-js").MethodDefinition<object, ListAnswer>
  >;
  const method = service["ServerReflectionInfo"]!;
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest(method.path, method.requestSerialize, method.responseDeserialize);
  const answer = new Promise<ListAnswer>((resolve, reject) => {
    stream.on("data", resolve);
    stream.on("error", reject);
  });
  stream.write({ listServices: "" });
  const names = (await answer).listServicesResponse!.service.map(({ name }) => name);
  stream.end();
  client.close();
  return names.toSorted();
}

const endpoints = { endpoints: ["/search"], writeEndpoints: [] };

test.each(["v1alpha", "v1"] as const)(
  "a worker lists the services a stock gateway knows, and no other (%s)",
  async (version) => {
    const worker = await serveWorker({
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

test("a gateway lists its own", async () => {
  const gateway = await serveJina({
    host: "127.0.0.1",
    port: 0,
    handler: { call: async (bytes) => bytes },
    maxMessageBytes: 1024,
    prefetch: 1,
  });
  expect(await listServices(gateway.port, "v1alpha")).toEqual([
    "jina.JinaGatewayDryRunRPC",
    "jina.JinaInfoRPC",
    "jina.JinaRPC",
    "jina.JinaSingleDataRequestRPC",
  ]);
  await gateway.close();
});
