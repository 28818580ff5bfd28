/** The rules of the protocol that a simulation may leave out one at a time, to show that each is needed. */
export interface Rules {
  readonly placeholder?: never;
}
