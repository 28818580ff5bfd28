/**
 * Two ends that send each other messages, in order, until one of them closes or is lost. Listeners
 * are set by the owner right after it gets the channel; messages that came earlier are kept for the
 * first listener.
 */
export interface MessageChannel<Out, In> {
  /** Queues a message. After the channel closed it does nothing: `onClosed` has said so. */
  send(message: Out): void;
  onMessage(listener: (message: In) => void): void;
  /**
   * Called once, also when the channel is closed already. `error` is absent where either end closed
   * it in order.
   */
  onClosed(listener: (error?: Error) => void): void;
  readonly closed: boolean;
  /** Bytes taken by `send` that the socket has not taken yet. */
  readonly queuedBytes: number;
  /** Resolves when `queuedBytes` is small again, or the channel closed. */
  drained(): Promise<void>;
  /** What was sent before still goes out. */
  close(): void;
}
