import { z } from "zod";
import { key, type Values } from "./key.ts";
import {
  openMap,
  closedMap,
  environment,
  nonEmptyText,
  oneOf,
  oneOrMore,
  text,
  textList,
  flag,
  integer,
} from "./values/value-kinds.ts";
import { byteSize, deadline, writeByteSize, writeDuration } from "./values/measures.ts";
import { withLabel } from "./values/annotations.ts";
import { host } from "./values/host.ts";
import {
  DEFAULT_MESSAGE_BYTES,
  DEFAULT_PREFETCH,
  MAX_MESSAGE_BYTES,
} from "../../util/limits/requests.ts";

const DEFAULT_MESSAGE_SIZE = `${DEFAULT_MESSAGE_BYTES / 1024 ** 2}Mi`;
/** Longer messages come close to the limits of protobuf lengths and of buffers. In bytes. */
const MAX_MESSAGE_SIZE = { value: MAX_MESSAGE_BYTES, text: `${MAX_MESSAGE_BYTES / 1024 ** 3}Gi` };

/** An additional HTTP route to an endpoint. Methods are upper case. */
interface ExposedEndpoint {
  readonly httpPath?: string;
  readonly methods?: readonly string[];
  readonly summary?: string;
  readonly tags?: readonly string[];
}

const protocols = oneOrMore(
  oneOf("grpc", "http", "websocket"),
  '"grpc", "http" or "websocket"',
  "these",
);
const ports = oneOrMore(integer(0, 65_535), "a port", "ports");

const exposed = closedMap(
  {
    http_path: nonEmptyText("a path").optional(),
    methods: textList("an HTTP method", "HTTP methods").optional(),
    summary: text().optional(),
    tags: textList("a tag", "tags").optional(),
  },
  "expected a mapping with the keys http_path, methods, summary, tags",
).transform(({ http_path: httpPath, methods, summary, tags }): ExposedEndpoint => ({
  ...(httpPath === undefined ? {} : { httpPath }),
  ...(methods === undefined ? {} : { methods: methods.map((method) => method.toUpperCase()) }),
  ...(summary === undefined ? {} : { summary }),
  ...(tags === undefined ? {} : { tags }),
}));

const routes = z.record(z.string(), exposed, {
  error: "expected a mapping of endpoints to HTTP routes",
});

function writeRoutes(endpoints: Readonly<Record<string, ExposedEndpoint>>): object {
  return Object.fromEntries(
    Object.entries(endpoints).map(([endpoint, { httpPath, ...route }]) => [
      endpoint,
      { ...(httpPath === undefined ? {} : { http_path: httpPath }), ...route },
    ]),
  );
}

const OF_A_GATEWAY_CLASS = 'remove the key: it belongs to "uses"';

/** The keys of `gateway`, which `with` accepts too. */
export const GATEWAY_KEYS = {
  host: key(host().default("127.0.0.1"), "Host to listen on; 0.0.0.0 is every network", {
    wrongNames: ["host_in"],
  }),
  protocol: key(
    protocols.optional(),
    "Protocol for clients: grpc, http, websocket, or a list with one port for each. Default: grpc and http, or grpc alone if there is one port",
    { property: null },
  ),
  protocols: key(protocols.optional(), "Jina's other name of protocol", { property: null }),
  port: key(
    ports.optional(),
    "One port for each protocol; 0 is a free port. Default: grpc 8080, http 8081, websocket 8082",
    { property: null, wrongNames: ["port_in"] },
  ),
  ports: key(ports.optional(), "Jina's other name of port", { property: null }),
  port_expose: key(ports.optional(), "Jina's old name of port", { property: null }),
  admin_port: key(
    integer(0, 65_535).default(0),
    "Port of the admin HTTP server, always on 127.0.0.1; 0 is a free port",
    { wrongNames: ["admin"] },
  ),
  prefetch: key(
    integer(0, 1_000_000).default(DEFAULT_PREFETCH),
    "Number of requests of one client stream that the flow handles at once",
  ),
  timeout_send: key(
    deadline().optional(),
    "Deadline of a request, if the client sets none. Default: no limit",
    { property: "timeoutSendMs", write: writeDuration, wrongNames: ["timeout"] },
  ),
  max_message_size: key(
    byteSize(MAX_MESSAGE_SIZE).prefault(DEFAULT_MESSAGE_SIZE),
    "Largest message that is accepted",
    { property: "maxMessageBytes", write: writeByteSize },
  ),
  cors: key(flag().default(false), "Allows browsers to call the gateway from other origins"),
  title: key(text().optional(), "Title of the HTTP interface. Default: the name of the flow"),
  description: key(text().default(""), "Description of the HTTP interface"),
  no_debug_endpoints: key(flag().default(false), "Removes the routes /post, /status and /dry_run"),
  no_crud_endpoints: key(
    flag().default(false),
    "Removes the short routes /index, /search, /update and /delete",
  ),
  expose_endpoints: key(
    withLabel("a mapping of endpoints to `{ http_path, methods, summary, tags }`", routes).default(
      {},
    ),
    "HTTP routes of your own endpoints",
    { write: writeRoutes },
  ),
  ssl_certfile: key(
    nonEmptyText("a file").optional(),
    "Certificate file. Turns TLS on, together with ssl_keyfile",
    { property: null },
  ),
  ssl_keyfile: key(nonEmptyText("a file").optional(), "Private key file of the certificate", {
    property: null,
  }),
  tracing: key(
    flag().default(false),
    "Exports the traces of requests as OTLP, from all processes of the flow",
    { property: null, isQuiet: true },
  ),
  traces_exporter_host: key(
    nonEmptyText("a host").optional(),
    "Host of the collector of traces, by gRPC. Default: the variables of OpenTelemetry, or localhost",
    { property: null },
  ),
  traces_exporter_port: key(
    integer(1, 65_535).optional(),
    "Port of the collector of traces. Default: 4317, if traces_exporter_host is set",
    { property: null },
  ),
  env: key(
    environment().default({}),
    "Environment variables of the gateway, in addition to the flow's",
  ),
  retries: key(
    integer(-1, 1000).default(-1),
    "Further attempts of a failed read, each on the next replica; -1: until a replica answers. Default of every executor",
    { property: null },
  ),
  uses: key(nonEmptyText("a gateway class").optional(), "Your own gateway class", {
    property: null,
    notYet:
      'remove the key: "protocol" chooses between grpc, http and websocket, and "expose_endpoints" adds HTTP routes',
  }),
  uses_with: key(openMap("a mapping of options").optional(), "Options of your own gateway class", {
    property: null,
    notYet: OF_A_GATEWAY_CLASS,
  }),
  py_modules: key(
    textList("a file", "files").default([]),
    "Python files of your own gateway class",
    {
      property: null,
      notYet: OF_A_GATEWAY_CLASS,
      // `py_modules` in `with` belong to the executors, as in Jina.
      inWith: false,
    },
  ),
};

/** `gateway` as the file states it, with defaults. */
export type GatewayValues = Values<typeof GATEWAY_KEYS>;

/** The names of the key for protocols, jflow's first. */
export const PROTOCOL_KEYS = ["protocol", "protocols"] as const;

/** The names of the key for ports, jflow's first. */
export const PORT_KEYS = ["port", "ports", "port_expose"] as const;

/** Groups of names of one key. */
export const SYNONYMS: readonly (readonly string[])[] = [PROTOCOL_KEYS, PORT_KEYS];
