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
} from "./value-kinds.ts";
import { byteSize, deadline } from "./measures.ts";
import { withLabel } from "./annotations.ts";
import {
  DEFAULT_MESSAGE_BYTES,
  DEFAULT_PREFETCH,
  MAX_MESSAGE_BYTES,
} from "../../util/limits/requests.ts";

/** As a flow file writes the size. */
const DEFAULT_MESSAGE_SIZE = `${DEFAULT_MESSAGE_BYTES / 1024 ** 2}Mi`;
/** Above this protobuf lengths and buffers near their own limits; in bytes. */
const MAX_MESSAGE_SIZE = { value: MAX_MESSAGE_BYTES, text: `${MAX_MESSAGE_BYTES / 1024 ** 3}Gi` };

/** An extra HTTP route to an endpoint, its methods in capitals. */
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

/** The keys of `gateway`; `with` takes them too. */
export const GATEWAY_KEYS = {
  host: key(
    nonEmptyText("a host").default("127.0.0.1"),
    "Where it listens; 0.0.0.0 for every network",
    { wrongNames: ["host_in"] },
  ),
  protocol: key(
    protocols.optional(),
    "How clients talk to it: grpc, http, websocket, or a list with a port for each. Default: grpc and http",
    { property: null },
  ),
  protocols: key(protocols.optional(), "Jina's other word for protocol", { property: null }),
  port: key(
    ports.optional(),
    "Its ports, as many as protocols; 0 is a free one. Default: grpc 8080, http 8081, websocket 8082",
    { property: null, wrongNames: ["port_in"] },
  ),
  ports: key(ports.optional(), "Jina's other word for port", { property: null }),
  port_expose: key(ports.optional(), "Jina's old word for port", { property: null }),
  admin_port: key(
    integer(0, 65_535).default(0),
    "Port of the admin HTTP server, always on 127.0.0.1; 0 is a free one",
    { wrongNames: ["admin"] },
  ),
  prefetch: key(
    integer(0, 1_000_000).default(DEFAULT_PREFETCH),
    "Requests of one client stream that are in the flow at once",
  ),
  timeout_send: key(
    deadline().optional(),
    "How long a request may take where the client says nothing. Default: no limit",
    { property: "timeoutSendMs", wrongNames: ["timeout"] },
  ),
  max_message_size: key(
    byteSize(MAX_MESSAGE_SIZE).prefault(DEFAULT_MESSAGE_SIZE),
    "The largest message taken",
    { property: "maxMessageBytes" },
  ),
  cors: key(flag().default(false), "Browsers of other origins may call it"),
  title: key(text().optional(), "Title of the HTTP interface. Default: the flow's name"),
  description: key(text().default(""), "Description of the HTTP interface"),
  no_debug_endpoints: key(flag().default(false), "Without /post, /status and /dry_run"),
  no_crud_endpoints: key(
    flag().default(false),
    "Without the short routes /index, /search, /update and /delete",
  ),
  expose_endpoints: key(
    withLabel("a mapping of endpoints to `{ http_path, methods, summary, tags }`", routes).default(
      {},
    ),
    "HTTP routes of endpoints of your own",
    { write: writeRoutes },
  ),
  ssl_certfile: key(nonEmptyText("a file").optional(), "Certificate, for TLS", { property: null }),
  ssl_keyfile: key(nonEmptyText("a file").optional(), "Key of the certificate", { property: null }),
  env: key(environment().default({}), "Its environment, laid over the flow's"),
  retries: key(
    integer(-1, 1000).default(-1),
    "Further tries of a read that failed, each on the next replica; -1: until one answers. Of every executor that says nothing itself",
    { property: null },
  ),
  uses: key(nonEmptyText("a gateway class").optional(), "A gateway class of your own", {
    property: null,
    notYet:
      'remove the key: "protocol" chooses between grpc, http and websocket, and "expose_endpoints" adds HTTP routes',
  }),
  uses_with: key(openMap("a mapping of options").optional(), "Options of that class", {
    property: null,
    notYet: OF_A_GATEWAY_CLASS,
  }),
  py_modules: key(textList("a file", "files").default([]), "Python files of that class", {
    property: null,
    notYet: OF_A_GATEWAY_CLASS,
    // In `with` they are the executors', as in Jina.
    inWith: false,
  }),
};

/** `gateway` as the file states it, defaults filled. */
export type GatewayValues = Values<typeof GATEWAY_KEYS>;

/** The words for the gateway's protocols, ours first. */
export const PROTOCOL_KEYS = ["protocol", "protocols"] as const;

/** The words for its ports, ours first. */
export const PORT_KEYS = ["port", "ports", "port_expose"] as const;

/** Keys that are different words for one thing. */
export const SYNONYMS: readonly (readonly string[])[] = [PROTOCOL_KEYS, PORT_KEYS];
