import type { Settings } from '../services/world.ts'
import type { WireRequest } from '../wire/message.ts'
import type { Configuration } from './configuration.ts'
import { hostedBucket } from './hosted-bucket.ts'
import type { Registry } from './registry.ts'

/** How listeners tell requests apart. */
export const routing = (registry: Registry, { hostname }: Configuration) => ({
  streams: (head: WireRequest) => registry.streams(head),
  hostedBucket: (host: string) => hostedBucket(host, hostname),
})

/** The part of a configuration that operations need to know. */
export const worldSettings = (configuration: Configuration): Settings => ({
  region: configuration.region,
  account: configuration.account,
  serviceSessionSeconds: configuration.serviceSessionSeconds,
  strictTokens: configuration.strictTokens,
  oldVersions: configuration.oldVersions,
  quotas: configuration.quotas,
  templates: configuration.templates,
  historyDays: configuration.historyDays,
  ...(configuration.issuerOrigin !== undefined && { issuerOrigin: configuration.issuerOrigin }),
})
