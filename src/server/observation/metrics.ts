import { collectDefaultMetrics, Counter, Gauge, type GaugeConfiguration, Histogram, Registry } from 'prom-client'
import type { Authorizer } from '../../identity/authorizer.ts'
import type { CacheUse } from '../../identity/bounded-cache.ts'
import type { Store } from '../../store/index.ts'
import type { ShedReason } from '../load-shedding.ts'
import type { CallObserver } from './call-observer.ts'

/** What is counted of a running Gatehouse, in Prometheus' text format. docs/operation.md lists every metric. */
export interface Metrics extends CallObserver {
  /** The same authorizer, with its decisions counted. */
  countDecisions(authorizer: Authorizer): Authorizer
  /** The same store, with its units counted and timed. */
  timeUnits(store: Store): Store
  /** Counts what a cache finds and misses, as it stands when the metrics are read. */
  watchCache(name: string, use: () => CacheUse): void
  /** Gives the number of clusters that run when the metrics are read. */
  watchClusters(running: () => number): void
  /** Gives the number of calls that are being answered when the metrics are read. */
  watchLoad(inWork: () => number): void
  /** A call was throttled: by what there is to do, by its address or by its principal. */
  callShed(reason: ShedReason): void
  /** A connection was closed because there are too many. */
  connectionDropped(): void
  /** @returns the media type and the text */
  read(): Promise<{ readonly contentType: string; readonly text: string }>
}

/** From a quarter of a millisecond, as decisions take, to ten seconds, as nothing should. */
const latencyBuckets = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** @param version  Gatehouse's own, told by `gatehouse_build_info` */
export function createMetrics(version: string): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const gauge = (options: GaugeConfiguration<string>) => registry.registerMetric(new Gauge({ ...options, registers: [] }))
  gauge({
    name: 'gatehouse_build_info',
    help: 'Always 1; the version is the label.',
    labelNames: ['version'],
    collect() {
      this.set({ version }, 1)
    },
  })
  const calls = new Counter({
    name: 'gatehouse_calls_total',
    help: 'AWS calls answered, by service, operation and outcome (Success or the error code).',
    labelNames: ['service', 'operation', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'gatehouse_call_duration_seconds',
    help: 'Time from reading an AWS call to its answer, the record on disk included.',
    labelNames: ['service'],
    buckets: latencyBuckets,
    registers,
  })
  const decisions = new Counter({
    name: 'gatehouse_decisions_total',
    help: 'Decisions of the policy engine, by effect and by the policy type that decided.',
    labelNames: ['effect', 'decided_by'],
    registers,
  })
  const units = new Histogram({
    name: 'gatehouse_store_unit_duration_seconds',
    help: 'Time that a unit of the store took, its wait for the disk included, by kind (read, write, append).',
    labelNames: ['kind'],
    buckets: latencyBuckets,
    registers,
  })
  const failures = new Counter({
    name: 'gatehouse_store_failures_total',
    help: 'Units of the store that were rolled back, by kind.',
    labelNames: ['kind'],
    registers,
  })
  const throttled = new Counter({
    name: 'gatehouse_calls_throttled_total',
    help: 'Calls that were told to ask again, by reason: overload, address or principal.',
    labelNames: ['reason'],
    registers,
  })
  const dropped = new Counter({
    name: 'gatehouse_connections_dropped_total',
    help: 'Connections that were closed because there were too many.',
    registers,
  })

  const caches = new Map<string, () => CacheUse>()
  const eachCache = (of: (use: CacheUse) => number) =>
    function (this: Gauge) {
      for (const [cache, use] of caches) this.set({ cache }, of(use()))
    }
  const labelNames = ['cache']
  gauge({
    name: 'gatehouse_cache_hits',
    help: 'Answers from memory since the start, by cache.',
    labelNames,
    collect: eachCache(({ hits }) => hits),
  })
  gauge({
    name: 'gatehouse_cache_misses',
    help: 'Loads from the store since the start, by cache.',
    labelNames,
    collect: eachCache(({ misses }) => misses),
  })
  gauge({
    name: 'gatehouse_cache_entries',
    help: 'Entries in memory, by cache.',
    labelNames,
    collect: eachCache(({ entries }) => entries),
  })

  const timed = async <T>(kind: string, unit: Promise<T>): Promise<T> => {
    const start = performance.now()
    try {
      return await unit
    } catch (problem) {
      failures.inc({ kind })
      throw problem
    } finally {
      units.observe({ kind }, (performance.now() - start) / 1000)
    }
  }

  return {
    callFinished({ service, operation, outcome, seconds: taken }) {
      calls.inc({ service, operation, outcome })
      seconds.observe({ service }, taken)
    },
    countDecisions: authorizer => ({
      cacheUse: () => authorizer.cacheUse(),
      async authorize(principal, question) {
        const decision = await authorizer.authorize(principal, question)
        decisions.inc({ effect: decision.effect, decided_by: decision.decidedBy })
        return decision
      },
      explain: (principal, question) => authorizer.explain(principal, question),
      valuesOf: (principal, question, names) => authorizer.valuesOf(principal, question, names),
    }),
    timeUnits: store => ({
      read: work => timed('read', store.read(work)),
      write: work => timed('write', store.write(work)),
      append: (table, row) => timed('append', store.append(table, row)),
      appendTogether: appends => timed('append', store.appendTogether(appends)),
      longRead: (query, limits) => store.longRead(query, limits),
      releaseSpace: pages => store.releaseSpace(pages),
      settledSeq: table => store.settledSeq(table),
      onChange: listener => store.onChange(listener),
      isCurrent: () => store.isCurrent(),
      shared: store.shared,
      ...(store.archive && { archive: store.archive }),
      leads: () => store.leads(),
      olderConnections: () => store.olderConnections(),
      close: () => store.close(),
    }),
    watchCache(name, use) {
      caches.set(name, use)
    },
    watchLoad(inWork) {
      gauge({
        name: 'gatehouse_calls_in_work',
        help: 'Calls that are being answered.',
        collect() {
          this.set(inWork())
        },
      })
    },
    callShed: reason => throttled.inc({ reason }),
    connectionDropped: () => dropped.inc(),
    watchClusters(running) {
      gauge({
        name: 'gatehouse_clusters_running',
        help: 'Clusters whose API and webhooks are served.',
        collect() {
          this.set(running())
        },
      })
    },
    read: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
