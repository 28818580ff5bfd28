import type { ServerResponse } from "node:http";
import type { JournalEvent } from "../../model/control/events.ts";
import { MAX_WATCHER_BYTES } from "../../util/limits/processes.ts";
import { EVENT_STREAM_PING_MS } from "../../util/limits/requests.ts";
import { EVENT_STREAM_HEADERS } from "../../wire/http/http-reply.ts";
import type { EventJournal } from "../journal/event-journal.ts";
import type { EventChannel, Watchers } from "../running/watchers.ts";
import type { StateFeed } from "../read-model/state-feed.ts";

/** The sources of a stream of `GET /api/events`. */
export interface StreamSource {
  readonly feed: StateFeed;
  readonly journal: EventJournal;
  /** The lines that processes write from now on are sent through them. */
  readonly watchers: Watchers;
  /** `Last-Event-ID` of a client that connects again: it receives later events only. */
  readonly lastEventId: number;
}

/**
 * Sends Server-Sent Events until the client disconnects: `state` with the whole state after
 * changes, `event` for each event of the journal, and `output` for each line that a process writes.
 * A slow client misses states and lines. If too many events wait for a client, its connection is
 * cut, and the client connects again.
 */
export function streamEvents(response: ServerResponse, source: StreamSource): void {
  const { feed, journal, watchers } = source;
  response.writeHead(200, EVENT_STREAM_HEADERS);
  const ping = setInterval(() => response.write(": ping\n\n"), EVENT_STREAM_PING_MS).unref();
  const offState = feed.subscribe((state) => {
    if (!response.writableNeedDrain) response.write(formatEvent("state", state));
  });
  const sendEvent = (event: JournalEvent): void => {
    if (response.writableLength > MAX_WATCHER_BYTES) response.destroy();
    else response.write(formatEvent("event", event, event.id));
  };
  // The events of a new supervisor begin at 1 again.
  const newest = journal.events.at(-1)?.id ?? 0;
  const seen = source.lastEventId > newest ? 0 : source.lastEventId;
  for (const event of journal.events) if (event.id > seen) sendEvent(event);
  const offEvents = journal.subscribe(sendEvent);
  watchers.add(outputChannel(response), ["output"], []);
  response.on("close", () => {
    clearInterval(ping);
    offState();
    offEvents();
  });
}

function outputChannel(response: ServerResponse): EventChannel {
  return {
    get queuedBytes() {
      return response.writableLength;
    },
    send(event) {
      if (event.type !== "output") return;
      const { address, stream, line } = event;
      response.write(formatEvent("output", { address, stream, text: line }));
    },
    onClosed: (closed) => void response.on("close", closed),
  };
}

function formatEvent(name: string, data: unknown, id?: number): string {
  const idLine = id === undefined ? "" : `id: ${id}\n`;
  return `event: ${name}\n${idLine}data: ${JSON.stringify(data)}\n\n`;
}
