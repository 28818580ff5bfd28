import type { EndpointSchema } from "../../../document/v2/endpoint-schema.ts";
import type { HttpAction, HttpRoutes } from "./http-routes.ts";
import { describeV2Documents, type DescribedDocuments } from "./openapi-documents.ts";

interface Page {
  readonly title: string;
  readonly description: string;
  /** Finds the schemas of endpoints whose executors read docarray v2. */
  findSchema(endpoint: string): EndpointSchema | undefined;
  /** Finds the schemas of streaming endpoints. */
  findStreamSchema(endpoint: string): EndpointSchema | undefined;
  readonly exposed: Readonly<
    Record<string, { readonly summary?: string; readonly tags?: readonly string[] }>
  >;
}

const ANY_OBJECT = { type: "object", additionalProperties: true };
const SCHEMAS = {
  Request: {
    type: "object",
    properties: {
      data: { type: "array", items: { $ref: "#/components/schemas/Document" }, nullable: true },
      parameters: { ...ANY_OBJECT, nullable: true },
      targetExecutor: {
        type: "string",
        description: "a regular expression on the names of deployments",
      },
      execEndpoint: {
        type: "string",
        description: "the endpoint; only /post reads it",
        default: "/",
      },
    },
  },
  Document: {
    type: "object",
    properties: {
      id: { type: "string" },
      text: { type: "string", nullable: true },
      blob: { type: "string", format: "byte", nullable: true },
      uri: { type: "string", nullable: true },
      tags: ANY_OBJECT,
      embedding: { type: "array", items: {}, nullable: true },
      sparse_embedding: {
        type: "object",
        description: "instead of embedding, where most of it is 0",
        properties: {
          dimensions: { type: "integer" },
          indices: { type: "array", items: { type: "integer" } },
          values: { type: "array", items: { type: "number" } },
        },
        required: ["dimensions", "indices", "values"],
      },
      matches: { type: "array", items: { $ref: "#/components/schemas/Document" }, nullable: true },
      chunks: { type: "array", items: { $ref: "#/components/schemas/Document" }, nullable: true },
    },
    additionalProperties: true,
  },
  Answer: {
    type: "object",
    properties: {
      header: ANY_OBJECT,
      parameters: ANY_OBJECT,
      routes: { type: "array", items: ANY_OBJECT },
      data: { type: "array", items: { $ref: "#/components/schemas/Document" } },
    },
  },
};

const SUMMARIES: Readonly<Record<Exclude<HttpAction["kind"], "endpoint" | "stream">, string>> = {
  alive: "Whether the gateway is there",
  dryRun: "Whether every executor can be reached",
  versions: "The gateway's version",
  openapi: "This description",
  docs: "This description, for people",
  catShards: "The copies of all shards; ?format=json, ?v for a header",
  clusterHealth: "green, yellow or red, of the flow, each deployment and each shard",
  post: "A request to any endpoint of the flow",
};

interface Operation {
  readonly summary: string;
  readonly [key: string]: unknown;
}

function describeDocuments(action: HttpAction, page: Page): DescribedDocuments {
  if (action.kind === "endpoint" || action.kind === "stream") {
    const isStream = action.kind === "stream";
    const schema = isStream
      ? page.findStreamSchema(action.endpoint)
      : page.findSchema(action.endpoint);
    if (schema !== undefined) return describeV2Documents(action.endpoint, schema);
  }
  return {
    components: {},
    request: "Request",
    answer: "Answer",
    inputDocument: "Document",
    outputDocument: "Document",
  };
}

function contentOf(type: string, name: string): object {
  return { [type]: { schema: { $ref: `#/components/schemas/${name}` } } };
}

function describeStream(
  endpoint: string,
  { inputDocument, outputDocument }: DescribedDocuments,
): Operation {
  return {
    summary: `One document to ${endpoint}, in the body or as query parameters; many come back, as Server-Sent Events`,
    requestBody: { content: contentOf("application/json", inputDocument) },
    responses: {
      "200": { description: "OK", content: contentOf("text/event-stream", outputDocument) },
    },
  };
}

function describeAction(action: HttpAction, page: Page): Operation {
  if (action.kind === "stream")
    return describeStream(action.endpoint, describeDocuments(action, page));
  return describeRequest(action, page);
}

function describeRequest(action: Exclude<HttpAction, { kind: "stream" }>, page: Page): Operation {
  const isRequest = action.kind === "endpoint" || action.kind === "post";
  const exposed = action.kind === "endpoint" ? page.exposed[action.endpoint] : undefined;
  const summary =
    action.kind === "endpoint" ? `A request to ${action.endpoint}` : SUMMARIES[action.kind];
  const { request, answer } = describeDocuments(action, page);
  const content = (name: string): object => contentOf("application/json", name);
  return {
    summary: exposed?.summary ?? summary,
    ...(exposed?.tags ? { tags: exposed.tags } : {}),
    ...(isRequest ? { requestBody: { content: content(request) } } : {}),
    responses: { "200": { description: "OK", ...(isRequest ? { content: content(answer) } : {}) } },
  };
}

/** Declares the braces in an endpoint's name, which OpenAPI takes for parameters. */
function describeBraces(path: string): Record<string, unknown> {
  const names = [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name);
  const declare = (name: string | undefined): object => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string", enum: [`{${name}}`] },
  });
  return names.length === 0 ? {} : { parameters: names.map(declare) };
}

/** Describes the current routes of the HTTP front for OpenAPI. */
export function describeOpenApi(routes: HttpRoutes, page: Page): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  const components: Record<string, unknown> = { ...SCHEMAS };
  for (const [path, methods] of routes) {
    const operations: Record<string, unknown> = describeBraces(path);
    for (const [method, action] of methods) {
      operations[method.toLowerCase()] = describeAction(action, page);
      Object.assign(components, describeDocuments(action, page).components);
    }
    paths[path] = operations;
  }
  return {
    openapi: "3.0.3",
    info: { title: page.title, description: page.description, version: "1" },
    paths,
    components: { schemas: components },
  };
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** Renders the description as a page that loads no external resources. */
export function renderDocsPage(routes: HttpRoutes, page: Page): string {
  const rows = [...routes].flatMap(([path, methods]) =>
    [...methods].map(([method, action]) => {
      const { summary } = describeAction(action, page);
      return `<tr><td><code>${escapeHtml(method)}</code><td><code>${escapeHtml(path)}</code><td>${escapeHtml(summary)}`;
    }),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(page.title)}</title>
<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}td{padding:.2rem 1rem .2rem 0}pre{background:#8881;padding:1rem}</style>
<h1>${escapeHtml(page.title)}</h1><p>${escapeHtml(page.description)}<table>${rows.join("\n")}</table>
<p>A request: <pre>{"data": [{"text": "hello"}], "parameters": {}, "execEndpoint": "/search"}</pre>
<p>The whole description: <a href="openapi.json">openapi.json</a></html>\n`;
}
