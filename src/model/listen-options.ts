import type { GatewaySpec } from "./replica.ts";

/** The address that a server listens on. */
export interface ListenOptions {
  readonly host: string;
  /** 0 selects a free port. */
  readonly port: number;
  readonly tls: GatewaySpec["tls"];
}
