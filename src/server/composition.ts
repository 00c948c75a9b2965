import type { Endpoints, Settings } from '../services/world.ts'
import type { WireRequest } from '../wire/message.ts'
import type { Configuration } from './configuration.ts'
import { hostedBucket } from './hosted-bucket.ts'
import type { Listeners } from './listeners/listeners.ts'
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
  singleUseSaml: configuration.singleUseSaml,
  oldVersions: configuration.oldVersions,
  quotas: configuration.quotas,
  templates: configuration.templates,
  historyDays: configuration.historyDays,
  ...(configuration.issuerOrigin !== undefined && { issuerOrigin: configuration.issuerOrigin }),
})

/** Names of the listeners' certificate. Buckets may be part of the host, as `bucket.s3.localhost`: a wildcard stands for one label, and needs two after it to be believed. */
export const serverNames = ({ hostname }: Configuration): string[] => [
  ...new Set([hostname, 'localhost', '127.0.0.1', '::1', 'host.docker.internal', ...s3Names('localhost'), ...s3Names(hostname)]),
]

const s3Names = (hostname: string) => (/[a-z]/i.test(hostname) && !hostname.includes(':') ? [`s3.${hostname}`, `*.s3.${hostname}`] : [])

/** Where clients and clusters find Gatehouse, once it listens. */
export const endpointsOf = ({ hostname }: Configuration, { port, httpPort }: Listeners, certificateAuthorityPem: string): Endpoints => ({
  https: `https://${hostname}:${port}`,
  http: `http://${hostname}:${httpPort}`,
  certificateAuthorityPem,
})
