/** The ways in which the gateway chooses the replica of a read. */
export const BALANCINGS = ["round_robin", "least_in_flight", "power_of_two"] as const;

/** One of `BALANCINGS`. */
export type Balancing = (typeof BALANCINGS)[number];
