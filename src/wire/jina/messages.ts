import type { ExceptionDetails } from "../../model/errors.ts";

/** Jina's `StatusProto`. */
export interface RequestStatus {
  readonly code: "SUCCESS" | "ERROR";
  readonly description: string;
  readonly exception?: ExceptionDetails;
}

/** Jina's `HeaderProto`. An absent `exec_endpoint` or `target_executor` is `""`. */
export interface RequestHeader {
  readonly requestId: string;
  /** Absent: success. */
  readonly status?: RequestStatus;
  readonly execEndpoint: string;
  /** A regular expression on the names of deployments; `""` is all. */
  readonly targetExecutor: string;
  /** Jina's field `timeout`, in seconds. */
  readonly timeoutSeconds?: number;
}

/** Jina's `RouteProto`: one step of a request. Times are milliseconds since 1970, with fractions. */
export interface Route {
  readonly executor: string;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly status?: RequestStatus;
}

/** Jina's `EndpointsProto`. */
export interface Endpoints {
  readonly endpoints: readonly string[];
  readonly writeEndpoints: readonly string[];
}

/** Jina's `JinaInfoProto`. */
export interface PeerVersions {
  readonly jina: Readonly<Record<string, string>>;
  readonly envs: Readonly<Record<string, string>>;
}

export declare function encodeStatus(status: RequestStatus): Uint8Array;
export declare function decodeStatus(bytes: Uint8Array): RequestStatus;
export declare function encodeHeader(header: RequestHeader): Uint8Array;
export declare function decodeHeader(bytes: Uint8Array): RequestHeader;
export declare function encodeRoute(route: Route): Uint8Array;
export declare function decodeRoute(bytes: Uint8Array): Route;
export declare function encodeEndpoints(endpoints: Endpoints): Uint8Array;
export declare function decodeEndpoints(bytes: Uint8Array): Endpoints;
export declare function encodePeerVersions(versions: PeerVersions): Uint8Array;
export declare function decodePeerVersions(bytes: Uint8Array): PeerVersions;
