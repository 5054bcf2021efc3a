/**
 * Runs an hour apart, for less CPU time: a quarter of those of the default interval. Three runs must fit into the time for
 * which the stock of a node is given out after its last observation.
 */
export const HOURLY = { runIntervalSeconds: 3600, nodeAwaySeconds: 3 * 3600 };
