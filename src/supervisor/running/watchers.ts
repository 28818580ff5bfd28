import type { FlowEvent } from "../../model/control/messages.ts";
import type { Topology } from "../../model/topology.ts";
import type { FollowerChannel, WatcherChannel } from "../../wire/control/control-server.ts";
import { MAX_WATCHER_BYTES } from "../../util/limits/processes.ts";

/** Where the events of a watcher are sent. */
export type EventChannel = Pick<WatcherChannel, "send" | "queuedBytes" | "onClosed">;

/**
 * The clients that receive the events of the flow, such as `jflow up` and `jflow logs`. Each
 * watcher receives the types of events that it asked for.
 */
export class Watchers {
  readonly #channels = new Map<EventChannel, readonly FlowEvent["type"][]>();

  /** Adds a watcher, and first sends the whole state of the flow as events. */
  add(
    channel: EventChannel,
    types: readonly FlowEvent["type"][],
    state: readonly FlowEvent[],
  ): void {
    for (const event of state) if (types.includes(event.type)) channel.send(event);
    this.#channels.set(channel, types);
    channel.onClosed(() => this.#channels.delete(channel));
  }

  /** Returns whether any watcher asked for events of the type. */
  wants(type: FlowEvent["type"]): boolean {
    return [...this.#channels.values()].some((types) => types.includes(type));
  }

  send(event: FlowEvent): void {
    for (const [channel, types] of this.#channels) {
      if (!types.includes(event.type)) continue;
      if (event.type === "output" && channel.queuedBytes > MAX_WATCHER_BYTES) continue;
      channel.send(event);
    }
  }
}

/** The gateways that receive each new topology. */
export class Followers {
  readonly #channels = new Set<FollowerChannel>();
  #last: Topology | undefined;

  /** The newest topology; undefined before the first one. */
  get last(): Topology | undefined {
    return this.#last;
  }

  add(channel: FollowerChannel): void {
    this.#channels.add(channel);
    channel.onClosed(() => this.#channels.delete(channel));
    if (this.#last !== undefined) channel.send(this.#last);
  }

  /** Sends the topology if anything but its version number changed. */
  publish(describe: (version: number) => Topology): void {
    const version = (this.#last?.version ?? 0) + 1;
    const next = describe(version);
    if (
      this.#last !== undefined &&
      JSON.stringify({ ...this.#last, version }) === JSON.stringify(next)
    )
      return;
    this.#last = next;
    for (const channel of this.#channels) channel.send(next);
  }
}
