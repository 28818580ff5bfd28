import type { EndpointSchemas } from "../../../document/v2/endpoint-schema.ts";
import { decodeStruct, encodeStruct } from "../../../document/values/struct.ts";
import type { Described } from "../../../model/supervisor.ts";
import { translateRangeErrors } from "../../../util/malformed.ts";
import { ProtoReader } from "../../../util/protobuf/proto-reader.ts";
import { ProtoWriter } from "../../../util/protobuf/proto-writer.ts";
import { endpointSchemasFromStruct, endpointSchemasToStruct } from "./endpoint-schemas.ts";

/** Jina's `EndpointsProto`. */
export interface Endpoints {
  readonly endpoints: readonly string[];
  readonly writeEndpoints: readonly string[];
  /** The schemas of a docarray v2 executor; absent or empty for any other. */
  readonly schemas?: EndpointSchemas;
}

/** Jina's `JinaInfoProto`. */
export interface PeerVersions {
  readonly jina: Readonly<Record<string, string>>;
  readonly envs: Readonly<Record<string, string>>;
}

export function encodeEndpoints(endpoints: Endpoints): Uint8Array {
  const writer = new ProtoWriter(64);
  for (const endpoint of endpoints.endpoints) writer.putString(1, endpoint);
  for (const endpoint of endpoints.writeEndpoints) writer.putString(2, endpoint);
  if (endpoints.schemas)
    writer.putBytes(3, encodeStruct(endpointSchemasToStruct(endpoints.schemas)));
  return writer.finish();
}

/** Decodes `EndpointsProto`. Throws `INVALID_ARGUMENT` for malformed bytes. */
export function decodeEndpoints(bytes: Uint8Array): Endpoints {
  return translateRangeErrors("EndpointsProto", () => {
    const reader = new ProtoReader(bytes);
    const endpoints: string[] = [];
    const writeEndpoints: string[] = [];
    let schemas: EndpointSchemas | undefined;
    while (reader.next()) {
      if (reader.field === 1) endpoints.push(reader.string());
      else if (reader.field === 2) writeEndpoints.push(reader.string());
      else if (reader.field === 3)
        schemas = endpointSchemasFromStruct(decodeStruct(reader.slice()));
    }
    return { endpoints, writeEndpoints, ...(schemas ? { schemas } : {}) };
  });
}

export function encodePeerVersions(versions: PeerVersions): Uint8Array {
  const writer = new ProtoWriter(128);
  writeTextMap(writer, 1, versions.jina);
  writeTextMap(writer, 2, versions.envs);
  return writer.finish();
}

/** Decodes `JinaInfoProto`. Throws `INVALID_ARGUMENT` for malformed bytes. */
export function decodePeerVersions(bytes: Uint8Array): PeerVersions {
  return translateRangeErrors("JinaInfoProto", () => {
    const reader = new ProtoReader(bytes);
    const jina: Record<string, string> = {};
    const envs: Record<string, string> = {};
    while (reader.next()) {
      if (reader.field === 1) readTextEntry(reader.message(), jina);
      else if (reader.field === 2) readTextEntry(reader.message(), envs);
    }
    return { jina, envs };
  });
}

/** Returns the description of a Jina executor without the endpoints that Jina adds. */
export function describePeer({ endpoints, writeEndpoints, schemas = {} }: Endpoints): Described {
  const isOwn = (endpoint: string): boolean => !endpoint.startsWith("_jina_");
  const own = Object.entries(schemas).filter(([endpoint]) => isOwn(endpoint));
  return {
    endpoints: endpoints.filter(isOwn),
    writes: writeEndpoints.filter(isOwn),
    polling: {},
    stateful: false,
    ...(own.length === 0 ? {} : { schemas: Object.fromEntries(own) }),
  };
}

function writeTextMap(
  writer: ProtoWriter,
  field: number,
  map: Readonly<Record<string, string>>,
): void {
  for (const [key, value] of Object.entries(map)) {
    writer.putBytes(field, new ProtoWriter(64).putString(1, key).putString(2, value).finish());
  }
}

function readTextEntry(reader: ProtoReader, into: Record<string, string>): void {
  let key = "";
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) key = reader.string();
    else if (reader.field === 2) value = reader.string();
  }
  into[key] = value;
}
