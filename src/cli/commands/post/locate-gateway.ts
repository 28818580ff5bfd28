import { dirname } from "node:path";
import type { ClientOptions } from "../../../client/client.ts";
import { JflowError } from "../../../util/errors.ts";
import { askSupervisor } from "../../flows/ask-supervisor.ts";
import { requireRunningFlow, type FlowOptions } from "../../flows/running-flows.ts";
import type { Terminal } from "../../terminal/terminal.ts";

/** A gateway, and the folder of the flow file where it is known. */
export interface GatewayLocation {
  readonly address: ClientOptions;
  readonly flowFolder: string | undefined;
}

/** Returns the gateway that `jflow post` sends to: `--host`, or the gateway of the flow. */
export async function locateGateway(
  terminal: Terminal,
  options: FlowOptions & { readonly host?: string },
): Promise<GatewayLocation> {
  if (options.host !== undefined)
    return { address: parseHost(options.host), flowFolder: undefined };
  const flow = await requireRunningFlow(terminal, options, "change");
  const { status } = await askSupervisor(flow.socket, { ask: "status" }, "status");
  const address = status.flow.gateway["local"] ?? status.flow.gateway["grpc"];
  if (address === undefined)
    throw new JflowError(
      "UNAVAILABLE",
      `the gateway of ${flow.name} is not ready: run jflow ps to see its state`,
    );
  return { address: parseHost(address), flowFolder: dirname(flow.file) };
}

/** Parses `host:port`, `grpc://host:port` or `grpcs://host:port`. Throws `INVALID_ARGUMENT`. */
function parseHost(text: string): ClientOptions {
  const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\[[0-9a-f:.]+\]|[^:/\s]+)(?::(\d+))?\/?$/i.exec(
    text,
  );
  const [, scheme = "grpc", host = "", port] = match ?? [];
  const problem = match === null ? "it is not an address" : describeProblem(scheme, port);
  if (problem !== undefined)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `--host ${text} is not valid: ${problem}; write, for example, grpc://127.0.0.1:8080`,
    );
  return {
    host: host.replace(/^\[|\]$/g, ""),
    port: Number(port),
    tls: scheme.toLowerCase() === "grpcs",
  };
}

const MAX_PORT = 65_535;

function describeProblem(scheme: string, port: string | undefined): string | undefined {
  if (!/^grpcs?$/i.test(scheme)) return `jflow post sends gRPC, not ${scheme}`;
  if (port === undefined) return "the port is missing";
  return Number(port) > MAX_PORT || Number(port) === 0
    ? `the port ${port} is not between 1 and 65,535`
    : undefined;
}
