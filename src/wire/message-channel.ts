/**
 * A channel that carries messages in order, both ways, until one end closes or is lost. The owner
 * sets its listeners as soon as it has the channel. Earlier messages are kept for the first
 * listener.
 */
export interface MessageChannel<Out, In> {
  /** Queues a message. Has no effect after the channel closed. */
  send(message: Out): void;
  onMessage(listener: (message: In) => void): void;
  /**
   * Calls `listener` once, even if the channel is already closed. `error` is absent if an end
   * closed the channel.
   */
  onClosed(listener: (error?: Error) => void): void;
  readonly closed: boolean;
  /** The bytes that were sent and not yet written to the socket. */
  readonly queuedBytes: number;
  /** Resolves when `queuedBytes` is small again or the channel is closed. */
  drained(): Promise<void>;
  /** Messages sent before still leave. */
  close(): void;
}
