import { z } from "zod";
import {
  anyMap,
  closedMap,
  environment,
  filledText,
  oneOf,
  oneOrMore,
  text,
  texts,
  truth,
  whole,
} from "./leaves.ts";
import { byteSize, duration } from "./measures.ts";
import type { Shape } from "./read-keys.ts";
import { inWords } from "./words.ts";

/** The design's limit of a message. */
const MESSAGE_SIZE = "128Mi";
/** Above this protobuf lengths and buffers near their own limits; in bytes. */
const MESSAGE_LIMIT = 1024 * 1024 * 1024;
/** Jina's `prefetch`. */
const PREFETCH = 1000;

/** The words for how a client talks to the gateway. */
export type Protocol = "grpc" | "http" | "websocket";

/** An extra HTTP route to an endpoint. */
export interface ExposedEndpoint {
  readonly http_path?: string | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly summary?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** `gateway`, as the file states it. */
export interface GatewayValues {
  readonly protocol?: readonly Protocol[] | undefined;
  readonly protocols?: readonly Protocol[] | undefined;
  readonly port?: readonly number[] | undefined;
  readonly ports?: readonly number[] | undefined;
  readonly port_expose?: readonly number[] | undefined;
  readonly host: string;
  readonly admin_port: number;
  readonly prefetch: number;
  readonly timeout_send?: number | undefined;
  readonly max_message_size: number;
  readonly cors: boolean;
  readonly title?: string | undefined;
  readonly description: string;
  readonly no_debug_endpoints: boolean;
  readonly no_crud_endpoints: boolean;
  readonly expose_endpoints: Readonly<Record<string, ExposedEndpoint>>;
  readonly env: Readonly<Record<string, string>>;
  readonly retries: number;
  readonly ssl_certfile?: string | undefined;
  readonly ssl_keyfile?: string | undefined;
  readonly uses?: string | undefined;
  readonly uses_with?: Readonly<Record<string, unknown>> | undefined;
  readonly py_modules: readonly string[];
}

const protocols = oneOrMore(oneOf("grpc", "http", "websocket"), '"grpc", "http" or "websocket"');
const ports = oneOrMore(whole(0, 65_535), "a port");

const exposed: z.ZodType<ExposedEndpoint> = closedMap(
  {
    http_path: filledText("a path").optional(),
    methods: texts("an HTTP method").optional(),
    summary: text().optional(),
    tags: texts("a tag").optional(),
  },
  "expected a mapping with http_path, methods, summary, tags",
);

const routes = z.record(z.string(), exposed, {
  error: "expected a mapping of endpoints to HTTP routes",
});

const shape = {
  protocol: protocols
    .optional()
    .describe(
      "How clients talk to it: grpc, http, websocket, or a list with a port for each. Default: grpc and http",
    ),
  protocols: protocols.optional().describe("Jina's other word for protocol"),
  port: ports
    .optional()
    .describe(
      "Its ports, as many as protocols; 0 is a free one. Default: grpc 8080, http 8081, websocket 8082",
    ),
  ports: ports.optional().describe("Jina's other word for port"),
  port_expose: ports.optional().describe("Jina's old word for port"),
  host: filledText("a host")
    .default("127.0.0.1")
    .describe("Where it listens; 0.0.0.0 for every network"),
  admin_port: whole(0, 65_535)
    .default(0)
    .describe("Port of the admin HTTP server, always on 127.0.0.1; 0 is a free one"),
  prefetch: whole(0, 1_000_000)
    .default(PREFETCH)
    .describe("Requests of one client stream that are in the flow at once"),
  timeout_send: duration()
    .optional()
    .describe("How long a request may take where the client says nothing. Default: no limit"),
  max_message_size: byteSize(MESSAGE_LIMIT)
    .prefault(MESSAGE_SIZE)
    .describe("The largest message taken"),
  cors: truth().default(false).describe("Browsers of other origins may call it"),
  title: text().optional().describe("Title of the HTTP interface. Default: the flow's name"),
  description: text().default("").describe("Description of the HTTP interface"),
  no_debug_endpoints: truth().default(false).describe("Without /post, /status and /dry_run"),
  no_crud_endpoints: truth()
    .default(false)
    .describe("Without the short routes /index, /search, /update and /delete"),
  expose_endpoints: inWords(
    "a mapping of endpoints to `{ http_path, methods, summary, tags }`",
    routes,
  )
    .default({})
    .describe("HTTP routes of endpoints of your own"),
  env: environment().default({}).describe("Its environment, laid over the flow's"),
  retries: whole(-1, 1000)
    .default(-1)
    .describe(
      "Further tries of a read that failed, each on the next replica; -1: until one answers. Of every executor that says nothing itself",
    ),
  ssl_certfile: filledText("a file").optional().describe("Certificate, for TLS"),
  ssl_keyfile: filledText("a file").optional().describe("Key of the certificate"),
  uses: filledText("a gateway class").optional().describe("A gateway class of your own"),
  uses_with: anyMap("a mapping of options").optional().describe("Options of that class"),
  py_modules: texts("a file").default([]).describe("Python files of that class"),
};

/** The keys of `gateway`, each with its schema; `with` takes them too. */
export const gatewayShape: Shape = shape;

/** A `gateway` whose keys are right, with defaults. */
export const gatewayValues: z.ZodType<GatewayValues> = z.object(shape);

/** The words for the gateway's protocols, ours first. */
export const PROTOCOL_KEYS = ["protocol", "protocols"] as const;

/** The words for its ports, ours first. */
export const PORT_KEYS = ["port", "ports", "port_expose"] as const;

/** Keys that are different words for one thing. */
export const SYNONYMS: readonly (readonly string[])[] = [PROTOCOL_KEYS, PORT_KEYS];
