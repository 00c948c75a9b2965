import { pino } from 'pino'

/** The log: what operators need and nothing secret. Callers give facts by name, never whole requests. */
export interface Log {
  error(facts: object, message: string): void
  warn(facts: object, message: string): void
  info(facts: object, message: string): void
  debug(facts: object, message: string): void
}

/** @param level  pino's level name; lines go to standard error, as standard output is for answers */
export const createLog = (level: string): Log =>
  pino({ level, serializers: { problem: pino.stdSerializers.err } }, pino.destination({ fd: 2, sync: true }))
