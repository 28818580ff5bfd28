import type { EventBody, JournalEvent } from "../../model/control/events.ts";
import { MAX_JOURNAL_EVENTS } from "../../util/limits/processes.ts";

/** The last events of a flow, in the order in which they happened. */
export class EventJournal {
  readonly #now: () => Date;
  readonly #listeners = new Set<(event: JournalEvent) => void>();
  #events: JournalEvent[] = [];
  #lastId = 0;

  /** `now` returns the time of an event. */
  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  /** The kept events, the newest last. */
  get events(): readonly JournalEvent[] {
    return this.#events;
  }

  add(body: EventBody): JournalEvent {
    this.#lastId += 1;
    const event = { id: this.#lastId, at: this.#now().toISOString(), ...body };
    this.#events = [...this.#events, event].slice(-MAX_JOURNAL_EVENTS);
    for (const listener of this.#listeners) listener(event);
    return event;
  }

  /** Calls `listener` with each new event. Returns a function that ends this. */
  subscribe(listener: (event: JournalEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
