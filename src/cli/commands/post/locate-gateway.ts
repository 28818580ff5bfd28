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
  const match = /^(?:(grpcs?):\/\/)?(\[[0-9a-f:]+\]|[^:/\s]+):(\d{1,5})\/?$/i.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw new JflowError(
      "INVALID_ARGUMENT",
      `--host ${text} is not a valid address: write, for example, grpc://127.0.0.1:8080`,
    );
  return {
    host: match[2]!.replace(/^\[|\]$/g, ""),
    port,
    tls: match[1]?.toLowerCase() === "grpcs",
  };
}
