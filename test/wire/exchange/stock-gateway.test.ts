import { afterEach, expect, test } from "vitest";
import { JflowError } from "../../../src/util/errors.ts";
import type { WorkerRequest } from "../../../src/wire/exchange/messages.ts";
import { WorkerServer } from "../../../src/wire/exchange/worker-server.ts";
import { JinaPeer } from "../../../src/wire/jina/client/jina-peer.ts";
import { DataRequest } from "../../../src/wire/jina/messages/data-request.ts";

const open: { close(): void | Promise<void> }[] = [];

afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

const request = (requestId: string, execEndpoint = ""): Uint8Array =>
  DataRequest.make({ header: { requestId, execEndpoint, targetExecutor: "" } }).toBytes();

test("a worker answers Jina's gateway on each of Jina's services, with the same handler", async () => {
  const seen: WorkerRequest[] = [];
  const worker = await WorkerServer.start({
    host: "127.0.0.1",
    port: 0,
    maxMessageBytes: 1024 * 1024,
    endpoints: { endpoints: ["/index", "/search"], writeEndpoints: ["/index"] },
    handler: async (call) => {
      seen.push(call);
      if (call.endpoint === "/refused") throw new JflowError("UNAVAILABLE", "not in rotation");
      return { response: call.requests.at(-1)!, isError: call.endpoint === "/throws" };
    },
  });
  const peer = new JinaPeer(`127.0.0.1:${worker.port}`);
  open.push(worker, peer);

  const single = await peer.processSingleData(request("a"), { metadata: { endpoint: "/search" } });
  expect(DataRequest.read(single.response).header.requestId).toBe("a");
  expect(seen[0]!.endpoint, "the endpoint of the metadata, where the header has no endpoint").toBe(
    "/search",
  );

  const thrown = await peer.processSingleData(request("t", "/throws"));
  expect([thrown.isError, thrown.trailers["is-error"]]).toEqual([true, "true"]);

  const list = await peer.processData([request("l", "/search"), request("r", "/search")]);
  expect(DataRequest.read(list.response).header.requestId).toBe("r");
  expect(seen[2]!.requests.length).toBe(2);

  expect(DataRequest.read(await peer.call(request("s", "/search"))).header.requestId).toBe("s");
  expect(await peer.endpointDiscovery()).toEqual({
    endpoints: ["/index", "/search"],
    writeEndpoints: ["/index"],
  });
  await expect(peer.processSingleData(request("x", "/refused"))).rejects.toMatchObject({
    code: "UNAVAILABLE",
  });
  expect(await peer.isServing()).toBe(false);
  worker.setServing(true);
  expect(await peer.isServing()).toBe(true);
});
