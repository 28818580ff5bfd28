/** One open port of the gateway. */
export interface FrontListener {
  readonly port: number;
  /** Sets what the port's health service answers, if it has one. */
  setServing(serving: boolean): void;
  /** Refuses new requests, waits up to `graceMs` for the requests in flight, and then cuts them. */
  close(graceMs: number): Promise<void>;
}
