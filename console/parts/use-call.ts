import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import type { Answers, Call } from '../api/call.ts'
import { currentRegion } from '../api/region.ts'
import { send, sendAll } from '../api/send.ts'

const nothing: Call<never> = { service: 'sts', operation: '', input: {} }

/** How React Query asks and keeps a call, for pages that make many at once. */
export const queryOf = <Output>(call: Call<Output>) => ({
  queryKey: [call.service, call.operation, call.input, call.region ?? currentRegion()],
  queryFn: ({ signal }: { readonly signal: AbortSignal }) => send(call, signal).then(answer => answer ?? ({} as Output)),
})

/** The answer of a call, kept under what it asks. @param call  undefined: nothing is asked yet */
export function useCall<Output>(call: Call<Output> | undefined) {
  return useQuery({ ...queryOf(call ?? (nothing as Call<Output>)), enabled: call !== undefined })
}

/** All pages of a listing as one answer; `count` tells how many items came so far. */
export function useAll<Output>(call: Call<Output> | undefined) {
  const { service, operation, input, region = currentRegion() } = call ?? nothing
  const [count, setCount] = useState(0)
  const query = useQuery({
    queryKey: [service, operation, input, region, 'all'],
    queryFn: ({ signal }) => sendAll(call as Call<Output>, { signal, told: setCount }),
    enabled: call !== undefined,
  })
  return { ...query, count }
}

/** Calls one after another, for a button: what runs, how far it is, what went wrong. Afterwards all that is shown of their services is asked anew. */
export function useRun() {
  const queries = useQueryClient()
  const [state, setState] = useState<{ readonly running: boolean; readonly done: number; readonly problem?: unknown }>({
    running: false,
    done: 0,
  })

  // Of the calls that ran last, those before the one that failed: they have happened, and are not made again by another try.
  const happened = useRef<{ readonly calls: readonly Call[]; readonly answers: readonly unknown[] }>({ calls: [], answers: [] })

  /** @returns the answers, or undefined when one call failed: those before it have happened, and another try of the same goes on there */
  const run = async <Calls extends readonly Call[]>(calls: Calls): Promise<Answers<Calls> | undefined> => {
    const { calls: before, answers: known } = happened.current
    const firstOther = calls.findIndex((call, index) => JSON.stringify(call) !== JSON.stringify(before[index]))
    const answers: unknown[] = known.slice(0, firstOther === -1 ? before.length : firstOther)
    setState({ running: true, done: answers.length })
    try {
      for (const call of calls.slice(answers.length)) {
        answers.push(await send(call))
        setState({ running: true, done: answers.length })
      }
      happened.current = { calls: [], answers: [] }
      setState({ running: false, done: 0 })
      return answers as unknown as Answers<Calls>
    } catch (problem) {
      happened.current = { calls: calls.slice(0, answers.length), answers }
      setState({ running: false, done: answers.length, problem })
      return undefined
    } finally {
      if (answers.length > 0) {
        const services = new Set<unknown>(calls.map(({ service }) => service))
        void queries.invalidateQueries({ predicate: ({ queryKey }) => services.has(queryKey[0]) })
      }
    }
  }
  return { ...state, run, forget: () => setState({ running: false, done: 0 }) }
}
