import type { FlowEvent } from "../model/control.ts";
import type { Topology } from "../model/topology.ts";
import type { FollowerChannel, WatcherChannel } from "../wire/control/serve-control.ts";

/**
 * A watcher that does not read is sent no more output until it has caught up; states it always
 * gets.
 */
const MOST_QUEUED_BYTES = 4 * 1024 * 1024;

/** Everybody who is told what happens in the flow. */
export class Watchers {
  readonly #channels = new Set<WatcherChannel>();

  /** A new watcher first gets the whole state as events. `onLost` is called when it is gone. */
  add(channel: WatcherChannel, state: readonly FlowEvent[], onLost: () => void): void {
    for (const event of state) channel.send(event);
    this.#channels.add(channel);
    channel.onClosed(() => {
      this.#channels.delete(channel);
      onLost();
    });
  }

  tell(event: FlowEvent): void {
    for (const channel of this.#channels) {
      if (event.type === "output" && channel.queuedBytes > MOST_QUEUED_BYTES) continue;
      channel.send(event);
    }
  }
}

/** The gateways that follow the topology. */
export class Followers {
  readonly #channels = new Set<FollowerChannel>();
  #last: Topology | undefined;

  add(channel: FollowerChannel): void {
    this.#channels.add(channel);
    channel.onClosed(() => this.#channels.delete(channel));
    if (this.#last !== undefined) channel.send(this.#last);
  }

  /** Sends what `describe` gives for the next version, unless nothing but the version is new. */
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
