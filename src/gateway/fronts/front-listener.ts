import type { GatewaySpec } from "../../model/replica.ts";

/** Where a front listens. */
export interface ListenOptions {
  readonly host: string;
  /** 0 is a free port. */
  readonly port: number;
  readonly tls: GatewaySpec["tls"];
}

/** One open port of the gateway. */
export interface FrontListener {
  readonly port: number;
  /** Sets what the port's health service answers, if it has one. */
  setServing(serving: boolean): void;
  /** Takes nothing new, lets requests in flight end for up to `graceMs`, and then cuts them. */
  close(graceMs: number): Promise<void>;
}
