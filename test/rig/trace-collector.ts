import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ProtoReader } from "../../src/util/protobuf/proto-reader.ts";

/** A span as a collector receives it. */
export interface CollectedSpan {
  /** `service.name` of the process. */
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
}

/**
 * Receives traces over OTLP/HTTP as protobuf:
 * https://github.com/open-telemetry/opentelemetry-proto/blob/v1.5.0/opentelemetry/proto/trace/v1/trace.proto
 */
export class TraceCollector implements AsyncDisposable {
  readonly url: string;
  readonly spans: CollectedSpan[];
  readonly #close: () => Promise<void>;

  private constructor(url: string, spans: CollectedSpan[], close: () => Promise<void>) {
    this.url = url;
    this.spans = spans;
    this.#close = close;
  }

  static async open(): Promise<TraceCollector> {
    const spans: CollectedSpan[] = [];
    const server = createServer((request, response) => {
      void receive(request, response, spans);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return new TraceCollector(`http://127.0.0.1:${port}`, spans, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  spans: CollectedSpan[],
): Promise<void> {
  spans.push(...readSpans(await readBytes(request)));
  response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
}

async function readBytes(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Calls `read` for each field of a message. */
function eachField(reader: ProtoReader, read: (reader: ProtoReader) => void): void {
  while (reader.next()) read(reader);
}

function readSpans(bytes: Uint8Array): readonly CollectedSpan[] {
  const spans: CollectedSpan[] = [];
  eachField(new ProtoReader(bytes), (request) => {
    if (request.field === 1) spans.push(...readResourceSpans(request.message()));
  });
  return spans;
}

function readResourceSpans(reader: ProtoReader): readonly CollectedSpan[] {
  let service = "";
  const spans: Omit<CollectedSpan, "service">[] = [];
  eachField(reader, (field) => {
    if (field.field === 1) service = readService(field.message());
    if (field.field === 2)
      eachField(field.message(), (scope) => {
        if (scope.field === 2) spans.push(readSpan(scope.message()));
      });
  });
  return spans.map((span) => ({ ...span, service }));
}

function readService(resource: ProtoReader): string {
  let service = "";
  eachField(resource, (field) => {
    if (field.field !== 1) return;
    let key = "";
    let value = "";
    eachField(field.message(), (pair) => {
      if (pair.field === 1) key = pair.string();
      if (pair.field === 2)
        eachField(pair.message(), (any) => {
          if (any.field === 1) value = any.string();
        });
    });
    if (key === "service.name") service = value;
  });
  return service;
}

function readSpan(reader: ProtoReader): Omit<CollectedSpan, "service"> {
  const span = { name: "", traceId: "", spanId: "", parentSpanId: "", kind: 0 };
  const hex = (): string => Buffer.from(reader.slice()).toString("hex");
  eachField(reader, ({ field }) => {
    if (field === 1) span.traceId = hex();
    else if (field === 2) span.spanId = hex();
    else if (field === 4) span.parentSpanId = hex();
    else if (field === 5) span.name = reader.string();
    else if (field === 6) span.kind = reader.uint();
  });
  return span;
}
