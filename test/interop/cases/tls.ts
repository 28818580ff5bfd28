import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case, Prepared, Scenario } from "../case.ts";
import { findPorts, startJina, type Side } from "../side.ts";
import type { Job, Stock } from "../stock.ts";
import {
  by,
  CLIENTS,
  makeDocs,
  makePost,
  postCase,
  type Client,
  type Doc,
  type Posted,
} from "./asking.ts";
import { executorCases } from "./executors.ts";

function findMissing(): string | undefined {
  const { error } = spawnSync("openssl", ["version"]);
  return error && `openssl makes the certificates: ${error.message}`;
}

/** A self-signed certificate. */
function makeCertificate(folder: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const kind = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "1",
  ];
  const names = ["-subj", "/CN=jflow", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  execFileSync("openssl", ["req", "-x509", ...kind, ...names, "-keyout", key, "-out", cert], {
    stdio: "pipe",
  });
  return { cert, key };
}

/**
 * The variables with the trusted authorities, for gRPC in Python and Node.js and for Python's
 * `ssl`, which aiohttp uses.
 */
function trust(cert: string): Readonly<Record<string, string>> {
  return { GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: cert, SSL_CERT_FILE: cert };
}

const HOSTED_FLOW = `jtype: Flow
gateway: {@listen, ssl_certfile: @cert, ssl_keyfile: @key}
executors:
  - {name: hosted, uses: @Twin}
`;

/** A certificate, and an executor and a gateway of Jina that use it. */
async function hostUnderTls(stock: Stock): Promise<Prepared> {
  const folder = mkdtempSync(join(tmpdir(), "jflow-tls-"));
  const { cert, key } = makeCertificate(folder);
  const [secure = 0] = await findPorts(1);
  const env = trust(cert);
  const options = { ssl_certfile: cert, ssl_keyfile: key };
  const executor = await stock.begin({
    op: "host",
    env,
    options,
    uses: "Witness",
    name: "hosted",
    port: secure,
  });
  const whole = await startJina(
    stock,
    HOSTED_FLOW.replace("@cert", cert).replace("@key", key),
    env,
  );
  return {
    values: { cert, key, secure, ...whole.ports },
    env,
    [Symbol.asyncDispose]: async () => {
      await whole[Symbol.asyncDispose]();
      await executor.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Adds TLS and the trusted certificate to the client of a job. */
function secured(job: Job, { values }: Side): Job {
  return { ...job, client: { tls: true }, env: trust(String(values!["cert"])) };
}

function overTls(one: Case): Case {
  const ask = async (side: Side): Promise<unknown> =>
    one.ask({ ...side, ask: async (job, timeoutMs) => side.ask(secured(job, side), timeoutMs) });
  return { ...one, ask };
}

const FIRST = { target_executor: "first" };

function protocolOf(client: Client): string {
  return String(by(client)["protocol"]);
}

const areMarked = ({ responses = [] }: Partial<Posted>): boolean =>
  responses.length > 0 &&
  responses.every(({ docs }) => docs.every(({ text }) => String(text).endsWith("|")));

function clientCases(client: Client): readonly Case[] {
  const post = (endpoint: string, docs: readonly Doc[], more: Doc = {}): Job =>
    makePost(endpoint, docs, by(client, { ...FIRST, ...more }));
  const raised = async (side: Side, job: Job): Promise<unknown> => {
    const { raised: name } = (await side.ask(job, 8000)) as Posted;
    return { raised: name };
  };
  const isRefused = (answer: { raised?: string }): boolean => answer.raised !== undefined;
  return [
    {
      name: `${client}: a client that does not trust the authority raises`,
      ask: async (side) => raised(side, { ...post("/mark", makeDocs(1)), client: { tls: true } }),
      expect: isRefused,
    },
    {
      name: `${client}: a client without TLS raises`,
      ask: async (side) => raised(side, post("/mark", makeDocs(1))),
      expect: isRefused,
    },
    overTls({
      name: `${client}: is_flow_ready`,
      // Stock Jina does not reach an external flow over TLS (see below), so on its side the flow
      // without an external flow is asked.
      ask: async (side) =>
        side.ask({
          op: "ready",
          ...by(client),
          ...(side.kind === "jina" ? { at: side.values![protocolOf(client)] } : {}),
        }),
      expect: ({ ready }: { ready: boolean }) => ready,
    }),
    overTls(
      postCase(
        `${client}: changes documents`,
        post("/mark", makeDocs(50), { request_size: 10 }),
        client === "http" ? { deliberate: { reason: "http-skipped-node", expect: areMarked } } : {},
      ),
    ),
  ];
}

const METADATA = { authorization: "Bearer 7f", "x-tenant": "seven" };

/** Compares the metadata that arrived at an external executor. */
const METADATA_CASE: Case = {
  name: "grpc_metadata arrive at a Python executor",
  ask: async (side) => {
    const options = { target_executor: "secure" };
    const parameters = { names: [...Object.keys(METADATA), "endpoint", "x-other"] };
    const { responses } = (await side.ask(
      makePost("/metadata", makeDocs(1), { options, parameters }),
    )) as Posted;
    return responses[0]!.parameters["__results__"];
  },
  expect: (told: Readonly<Record<string, Doc>>) =>
    Object.entries(METADATA).every(([key, value]) => told["hosted/rep-0"]?.[key] === value),
};

/**
 * An external flow. Stock Jina asks it for its endpoints, handles the rejection as a broken
 * connection, and connects again without TLS.
 */
const WHOLE_CASE: Case = {
  name: "external, grpcs://, a flow: changes documents",
  ask: async (side) =>
    side.ask(makePost("/mark", makeDocs(3), { options: { target_executor: "whole" } }), 3000),
  deliberate: { reason: "external-flow-tls", expect: areMarked },
};

export const TLS_SCENARIO: Scenario = {
  name: "TLS",
  findMissing,
  prepare: hostUnderTls,
  flow: `jtype: Flow
gateway: {@listen, ssl_certfile: @cert, ssl_keyfile: @key}
executors:
  - {name: first, uses: @Twin}
  - {name: secure, external: true, host: 127.0.0.1, port: @secure, tls: true, grpc_metadata: ${JSON.stringify(METADATA)}}
  - {name: whole, external: true, host: "grpcs://127.0.0.1:@grpc"}
`,
  cases: [
    ...CLIENTS.flatMap(clientCases),
    overTls(METADATA_CASE),
    ...executorCases({ target_executor: "secure" })
      .slice(0, 4)
      .map((one) => overTls({ ...one, name: `external, tls: ${one.name}` })),
    overTls(WHOLE_CASE),
  ],
};
