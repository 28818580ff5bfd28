// One process of gateway-echo.mjs: the echo worker, the raw echo, the gateway, or the load.
import { Client, Server, ServerCredentials, credentials } from "@grpc/grpc-js";

const dist = new URL("../../dist/", import.meta.url);
const load = (path) => import(new URL(path, dist));
const [kind, json] = process.argv.slice(2);
const settings = JSON.parse(json);
const HOST = "127.0.0.1";
const MAX_BYTES = 64 * 1024 * 1024;
const identity = (bytes) => bytes;
const ECHO = {
  path: "/bench.Echo/echo",
  requestStream: false,
  responseStream: false,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
};

/** Answers every question with the CPU time used so far. */
function tellCpu() {
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send({ us: user + system });
  });
}

const parts = {
  async worker() {
    const { WorkerServer } = await load("wire/exchange/worker-server.js");
    const handler = async ({ requests }) => ({ response: requests[0], isError: false });
    const endpoints = { endpoints: ["/echo"], writeEndpoints: [] };
    const server = await WorkerServer.start({
      host: HOST,
      port: 0,
      maxMessageBytes: MAX_BYTES,
      handler,
      endpoints,
    });
    server.setServing(true);
    process.send({ port: server.port });
  },

  async echo() {
    const server = new Server({ "grpc.max_receive_message_length": -1 });
    server.addService({ echo: ECHO }, { echo: (call, done) => done(null, call.request) });
    tellCpu();
    server.bindAsync(`${HOST}:0`, ServerCredentials.createInsecure(), (_, port) =>
      process.send({ port }),
    );
  },

  async gateway() {
    const { Gateway } = await load("gateway/gateway.js");
    const spec = {
      kind: "gateway",
      flow: "bench",
      processId: "g",
      host: HOST,
      listeners: [{ protocol: "grpc", port: 0 }],
      adminPort: 0,
      controlSocket: "",
      maxMessageBytes: MAX_BYTES,
      prefetch: 0,
      cors: false,
      title: "",
      description: "",
      noDebugEndpoints: false,
      noCrudEndpoints: false,
      exposeEndpoints: {},
    };
    const gateway = await Gateway.open(spec, {
      ask: async () => ({ ok: false, code: "UNAVAILABLE", message: "" }),
      report: console.error,
      version: "",
    });
    const replica = {
      address: "echo/0/0",
      shard: 0,
      replica: 0,
      processId: "w",
      target: `${HOST}:${settings.worker}`,
      wire: "jflow",
      role: null,
      readable: true,
    };
    const deployment = {
      name: "echo",
      needs: ["gateway"],
      shards: 1,
      routingShards: 1024,
      endpoints: ["/echo"],
      writes: [],
      polling: {},
      merge: { kind: "jina" },
      stateful: false,
      floating: false,
      noReduce: false,
      replicas: [replica],
    };
    gateway.update({
      version: 1,
      flow: "bench",
      deployments: [deployment],
      helpers: [],
      ready: true,
      killed: [],
    });
    tellCpu();
    process.send({ port: gateway.listeners[0].port });
  },

  async load() {
    const { JinaPeer } = await load("wire/jina/client/jina-peer.js");
    const { DataRequest, makeRequestId } = await load("wire/jina/messages/data-request.js");
    const { Document } = await load("document/document.js");
    const peer = new JinaPeer(`${HOST}:${settings.gateway}`, { maxMessageBytes: MAX_BYTES });
    const raw = new Client(`${HOST}:${settings.echo}`, credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
    });
    const makeBytes = (bytes) =>
      DataRequest.make({
        header: { requestId: makeRequestId(), execEndpoint: "/echo", targetExecutor: "" },
        documents: [new Document({ id: "1", text: "x".repeat(bytes) }).encode()],
      }).toBytes();
    const send = {
      gateway: (bytes) => peer.call(makeBytes(bytes)),
      echo: (_, ready) =>
        new Promise((resolve, reject) =>
          raw.makeUnaryRequest(ECHO.path, identity, identity, ready, (error, reply) =>
            error ? reject(error) : resolve(reply),
          ),
        ),
    };
    const run = async ({ target, bytes, inFlight, seconds }) => {
      const ready = Buffer.from(makeBytes(bytes));
      const startMs = performance.now();
      const warmMs = startMs + 500;
      const endMs = warmMs + seconds * 1000;
      let all = 0;
      let counted = 0;
      const lane = async () => {
        while (performance.now() < endMs) {
          await send[target](bytes, ready);
          all += 1;
          if (performance.now() > warmMs) counted += 1;
        }
      };
      await Promise.all(Array.from({ length: inFlight }, lane));
      process.send({ perSecond: counted / seconds, requests: all });
    };
    process.on("message", (one) => void run(one));
    process.send({});
  },
};

// An orderly end, so that `node --cpu-prof` on the benchmark writes the gateway's profile.
process.once("disconnect", () => process.exit(0));
await parts[kind]();
