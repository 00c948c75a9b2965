import { brotliDecompressSync } from 'node:zlib'
import packed from './authorization-facts.json' with { type: 'json' }

/** Access levels of the Service Authorization Reference: list, read, write, permissions management, tagging. */
export type AccessLevel = 'L' | 'R' | 'W' | 'P' | 'T'

/** An action of a service. */
export interface ActionFacts {
  /** As written in the reference, without the service prefix. */
  readonly name: string
  readonly level: AccessLevel
  /** Keys of resource types; required ones end with an asterisk. */
  readonly resourceTypes: readonly string[]
  readonly conditionKeys: readonly string[]
}

/** A resource type of a service. */
export interface ResourceTypeFacts {
  readonly key: string
  /** With `${Region}` and the like in place of what varies. */
  readonly arn: string
  readonly conditionKeys: readonly string[]
}

/** What a service can be asked to do. */
export interface ServiceFacts {
  readonly prefix: string
  /** By lower-case name. */
  readonly actions: ReadonlyMap<string, ActionFacts>
  readonly resourceTypes: readonly ResourceTypeFacts[]
  /** Types by lower-case condition key; a last part such as `${TagKey}` stands for any text. */
  readonly conditionKeys: ReadonlyMap<string, string>
}

type PackedService = {
  readonly actions: readonly (readonly [string, AccessLevel, readonly string[], readonly string[]])[]
  readonly resources: readonly (readonly [string, string, readonly string[]])[]
  readonly keys: readonly (readonly [string, string])[]
}
interface PackedFacts {
  readonly services: { readonly [prefix: string]: PackedService }
  readonly rcpServices: readonly string[]
}

let unpacked: PackedFacts | undefined
const services = new Map<string, ServiceFacts>()

const facts = (): PackedFacts => {
  unpacked ??= JSON.parse(brotliDecompressSync(Buffer.from(packed.brotli, 'base64')).toString('utf8')) as PackedFacts
  return unpacked
}

/** Every service prefix. Service Authorization Reference. */
export const servicePrefixes = (): readonly string[] => Object.keys(facts().services)

/** @returns undefined when no service has that prefix, which is lower case */
export function serviceFacts(prefix: string): ServiceFacts | undefined {
  const known = services.get(prefix)
  if (known) return known
  if (!Object.hasOwn(facts().services, prefix)) return undefined
  const { actions, resources, keys } = facts().services[prefix] as PackedService
  const made: ServiceFacts = {
    prefix,
    actions: new Map(
      actions.map(([name, level, resourceTypes, conditionKeys]) => [name.toLowerCase(), { name, level, resourceTypes, conditionKeys }]),
    ),
    resourceTypes: resources.map(([key, arn, conditionKeys]) => ({ key, arn, conditionKeys })),
    conditionKeys: new Map(keys.map(([key, type]) => [key.toLowerCase(), type])),
  }
  services.set(prefix, made)
  return made
}

/** Prefixes of services that resource control policies apply to. Organizations User Guide, "List of AWS services that support RCPs". */
export const rcpServices = (): readonly string[] => facts().rcpServices

let arnServices: ReadonlySet<string> | undefined

/** What stands in the service part of ARNs: not always an action prefix. */
export function arnServiceNames(): ReadonlySet<string> {
  arnServices ??= new Set([
    ...servicePrefixes(),
    ...Object.values(facts().services).flatMap(({ resources }) => resources.map(([, arn]) => arn.split(':')[2] ?? '')),
  ])
  return arnServices
}

let formatsByService: Map<string, string[]> | undefined

/** ARN formats by the service part of the ARN. Service Authorization Reference, "Resource types". */
export function arnFormats(service: string): readonly string[] {
  if (!formatsByService) {
    formatsByService = new Map()
    for (const { resources } of Object.values(facts().services)) {
      for (const [, arn] of resources) {
        const name = arn.split(':')[2] ?? ''
        const formats = formatsByService.get(name) ?? []
        if (!formats.includes(arn)) formats.push(arn)
        formatsByService.set(name, formats)
      }
    }
  }
  return formatsByService.get(service) ?? []
}

/** Whether a pattern of an action's or a service's condition key covers a key; both in any case. */
export function sameConditionKey(pattern: string, key: string): boolean {
  const wanted = pattern.toLowerCase()
  const given = key.toLowerCase()
  // Most services write `${TagKey}`, S3 writes `<key>`.
  const variable = wanted.search(/\$\{|</)
  return variable === -1 ? wanted === given : given.startsWith(wanted.slice(0, variable)) && given.length > variable
}
