import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { afterEach, expect, test } from "vitest";
import { ProtoReader } from "../../src/util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../src/util/protobuf/proto-writer.ts";
import { JinaServer, type JinaHandler } from "../../src/wire/jina/server/jina-server.ts";

const STATES = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];
const asBytes = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function start(
  more: Partial<JinaHandler> = {},
): Promise<{ readonly server: JinaServer; readonly client: Client }> {
  const handler = { call: async (bytes: Uint8Array) => bytes, ...more };
  const server = await JinaServer.start({
    host: "127.0.0.1",
    port: 0,
    handler,
    maxMessageBytes: 1024,
    prefetch: 1,
  });
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
  open.push(
    async () => server.close(),
    () => client.close(),
  );
  return { server, client };
}

function readState(answer: Uint8Array): string {
  const reader = new ProtoReader(answer);
  return reader.next() ? STATES[reader.uint()]! : STATES[0]!;
}

async function check(client: Client, request: Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      asBytes,
      readState,
      request,
      (error: ServiceError | null, state?: string) => resolve(state ?? `error ${error?.code}`),
    );
  });
}

/** Collects the states of a watch until it ends; `next` resolves with each one. */
function watch(
  client: Client,
  request: Uint8Array,
): { readonly said: string[]; readonly next: () => Promise<void> } {
  const said: string[] = [];
  const call = client.makeServerStreamRequest(
    "/grpc.health.v1.Health/Watch",
    asBytes,
    readState,
    request,
  );
  let told = (): void => undefined;
  const say = (word: string): void => {
    said.push(word);
    told();
  };
  let next = new Promise<void>((resolve) => (told = resolve));
  call.on("data", say);
  call.on("end", () => say("end"));
  call.on("error", (error: ServiceError) => say(`error ${error.code}`));
  return {
    said,
    next: async () => {
      await next;
      next = new Promise<void>((resolve) => (told = resolve));
    },
  };
}

const naming = (service: string): Uint8Array => new ProtoWriter(32).string(1, service).finish();
const NOT_FOUND = 5;
const INVALID_ARGUMENT = 3;

test.each([
  { what: "the server", request: naming(""), states: ["NOT_SERVING", "SERVING"] },
  { what: "a service of it", request: naming("jina.JinaRPC"), states: ["NOT_SERVING", "SERVING"] },
  {
    what: "a service of others",
    request: naming("no.Such"),
    states: [`error ${NOT_FOUND}`, `error ${NOT_FOUND}`],
  },
  {
    what: "cut bytes",
    request: new Uint8Array([10, 200]),
    states: Array(2).fill(`error ${INVALID_ARGUMENT}`),
  },
])("a check of $what before and after it serves", async ({ request, states }) => {
  const { server, client } = await start();
  const before = await check(client, request);
  server.setServing(true);
  expect([before, await check(client, request)]).toEqual(states);
});

test("a watch reports each change, and NOT_SERVING before the server closes", async () => {
  const { server, client } = await start();
  const { said, next } = watch(client, naming("jina.JinaRPC"));
  await next();
  server.setServing(true);
  await next();
  await server.close();
  while (said.at(-1) !== "end") await next();
  expect(said).toEqual(["NOT_SERVING", "SERVING", "NOT_SERVING", "end"]);
});

test("a watch of an unknown service reports SERVICE_UNKNOWN, stays open, and does not delay the server's close", async () => {
  const { server, client } = await start();
  const { said, next } = watch(client, naming("no.Such"));
  await next();
  server.setServing(true);
  await server.close();
  while (said.at(-1) !== "end") await next();
  expect(said).toEqual(["SERVICE_UNKNOWN", "end"]);
});

test("a watch with malformed bytes ends with an error, and other calls succeed", async () => {
  const { client } = await start();
  const { said, next } = watch(client, new Uint8Array([10, 200]));
  await next();
  expect(said[0]).toBe(`error ${INVALID_ARGUMENT}`);
  expect(await check(client, naming(""))).toBe("NOT_SERVING");
});

test("health knows each service that reflection lists, and the streaming service where it is served", async () => {
  const named = naming("jina.JinaSingleDocumentRequestRPC");
  const without = await start();
  expect(await check(without.client, named)).toBe(`error ${NOT_FOUND}`);
  const { server, client } = await start({ streamDoc: async function* () {} });
  server.setServing(true);
  expect(await check(client, named)).toBe("SERVING");
});
