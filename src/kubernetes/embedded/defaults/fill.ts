import type { JsonObject } from '../../../types/json.ts'

/** Fills in what of a value of some type nobody gave. Doing it twice does no more than once. */
export type Fill = (given: JsonObject) => JsonObject
