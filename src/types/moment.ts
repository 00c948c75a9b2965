/**
 * The header of a request that asks how something was, with a point in time in ISO 8601; its answer says so by the same header. Signed requests must sign it.
 * docs/reachability.md, "Past moments".
 */
export const momentHeader = 'x-gatehouse-at'
