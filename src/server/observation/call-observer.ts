import type { Principal } from '../../identity/principal.ts'
import { nameOf } from '../../identity/principal.ts'
import type { Log } from '../log.ts'

/** A call that has been answered, as operators see it. Nothing in it is secret. */
export interface FinishedCall {
  readonly requestId: string
  /** The service's signing name, as `iam`. */
  readonly service: string
  /** The operation's name as its model has it; `unknown` for all that are not in it, of which callers can think of any number. */
  readonly operation: string
  /** `Success`, or the code of the error that was answered. */
  readonly outcome: string
  /** The answer's HTTP status. */
  readonly status: number
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly seconds: number
  readonly principal: Principal
  readonly sourceIp: string
  /** The W3C Trace Context header of the caller, when it sent one. */
  readonly traceparent?: string | undefined
}

/** Told of every call once it is answered, inside calls too. Never throws, never waits. */
export interface CallObserver {
  callFinished(call: FinishedCall): void
}

/** A line a call in the log: refusals at `info`, all else at `debug`. Failures that are ours are logged where they happen. */
const callLog = (log: Log): CallObserver => ({
  callFinished({ requestId, service, operation, outcome, status, principal, sourceIp, seconds }) {
    const milliseconds = Math.round(seconds * 1e5) / 100
    const facts = { requestId, service, operation, outcome, status, principal: nameOf(principal), sourceIp, milliseconds }
    if (status === 403) log.info(facts, 'a call was refused')
    else log.debug(facts, 'a call was answered')
  },
})

const levelsOfCalls: ReadonlySet<string> = new Set(['info', 'debug', 'trace'])

/** Those who observe calls, none when nobody does: what nobody looks at costs nothing. */
export function callObserver(log: Log, logLevel: string, others: readonly (CallObserver | undefined)[]): CallObserver | undefined {
  const all = [...(levelsOfCalls.has(logLevel) ? [callLog(log)] : []), ...others.filter(observer => observer !== undefined)]
  return all.length === 0 ? undefined : observers(all)
}

const observers = (all: readonly CallObserver[]): CallObserver => ({
  callFinished(call) {
    for (const observer of all) observer.callFinished(call)
  },
})
