import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import index from './managed-policies/index.json' with { type: 'json' }

/** An AWS managed policy as ListPolicies and GetPolicy show it; its documents are read when asked for. Times: epoch milliseconds. */
export interface ManagedPolicy {
  readonly arn: string
  readonly name: string
  readonly path: string
  readonly id: string
  readonly defaultVersion: number
  readonly createdAt: number
  readonly updatedAt: number
  readonly versions: readonly { readonly version: number; readonly createdAt: number }[]
}

const arnPrefix = 'arn:aws:iam::aws:policy'

let byArn: ReadonlyMap<string, ManagedPolicy> | undefined

/** All AWS managed policies by ARN, in order of name. AWS Managed Policy Reference Guide. */
export function managedPolicies(): ReadonlyMap<string, ManagedPolicy> {
  byArn ??= new Map(
    index.map(entry => {
      const arn = `${arnPrefix}${entry.path}${entry.name}`
      const versions = entry.versions.map(([version, createdAt]) => ({ version: version as number, createdAt: createdAt as number }))
      return [arn, { ...entry, arn, versions }]
    }),
  )
  return byArn
}

/** @returns undefined when AWS has no managed policy of that ARN */
export const managedPolicy = (arn: string): ManagedPolicy | undefined =>
  arn.startsWith(`${arnPrefix}/`) ? managedPolicies().get(arn) : undefined

let currentDocuments: { readonly [name: string]: string } | undefined
let earlierDocuments: { readonly [name: string]: { readonly [version: string]: string } } | undefined

/** The text of one version's document; undefined when the policy has no such version. */
export function managedPolicyDocument(policy: ManagedPolicy, version: number = policy.defaultVersion): string | undefined {
  if (version === policy.defaultVersion) {
    currentDocuments ??= unpack('documents.br') as { readonly [name: string]: string }
    return currentDocuments[policy.name]
  }
  earlierDocuments ??= unpack('earlier-documents.br') as { readonly [name: string]: { readonly [version: string]: string } }
  return earlierDocuments[policy.name]?.[String(version)]
}

const unpack = (file: string): unknown =>
  JSON.parse(brotliDecompressSync(readFileSync(new URL(`./managed-policies/${file}`, import.meta.url))).toString('utf8'))
