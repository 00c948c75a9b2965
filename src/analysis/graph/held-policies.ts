import { managedPolicy, managedPolicyDocument } from '../../catalogue/managed-policies.ts'
import {
  type CompiledPolicy,
  compilePolicy,
  MalformedPolicyDocument,
  parsePolicy,
  type PolicyDocument,
  type PolicyKind,
  type PolicySource,
} from '../../policy/index.ts'
import type { Gap, InlinePolicy, SnapshotPolicy } from './snapshot.ts'

const nothing = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'
const nobody = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}'
const trustsNobody = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"sts:*"}}'

/** What stands for a policy that cannot be read. */
const denyingAll: { readonly [kind in PolicyKind]?: string } = { resource: nobody, rcp: nobody, trust: trustsNobody }

/** The policies of a snapshot, compiled once, when they are first needed, and kept. */
export class HeldPolicies {
  readonly #documents = new Map<string, PolicyDocument | null>()
  readonly #managed = new Map<string, CompiledPolicy | undefined>()
  readonly #managedTexts: ReadonlyMap<string, string>
  /** Policies that could not be read. */
  readonly gaps: Gap[] = []

  constructor(managedPolicies: readonly SnapshotPolicy[]) {
    this.#managedTexts = new Map(
      managedPolicies.flatMap(({ arn, defaultVersion, versions }) => {
        const text = versions[defaultVersion]
        return text ? [[arn, text] as const] : []
      }),
    )
  }

  /** A policy of a holder; one that cannot be read denies everything, and its answers say that it is missing. */
  compile(text: string, kind: PolicyKind, source: PolicySource, holder: string): CompiledPolicy {
    const document = this.#parse(text, kind)
    if (document) return compilePolicy(document, source)
    this.gaps.push({ what: `a policy that can be read: ${source.id} of ${holder} cannot`, about: [holder] })
    return compilePolicy(this.#parse(denyingAll[kind] ?? nothing, kind) as PolicyDocument, source)
  }

  #parse(text: string, kind: PolicyKind): PolicyDocument | null {
    const key = `${kind}\n${text}`
    const known = this.#documents.get(key)
    if (known !== undefined) return known
    let document: PolicyDocument | null = null
    try {
      document = parsePolicy(text, kind)
    } catch (problem) {
      if (!(problem instanceof MalformedPolicyDocument)) throw problem
    }
    this.#documents.set(key, document)
    return document
  }

  /** The default version of a managed policy; undefined when its text was not read. */
  managed(arn: string, kind: 'identity' | 'boundary'): CompiledPolicy | undefined {
    const key = `${kind} ${arn}`
    if (this.#managed.has(key)) return this.#managed.get(key)
    const fromAws = managedPolicy(arn)
    const text = this.#managedTexts.get(arn) ?? (fromAws ? managedPolicyDocument(fromAws) : undefined)
    const type = arn.includes(':iam::aws:') ? 'AWS managed' : 'user managed'
    const policy = text === undefined ? undefined : this.compile(text, kind, { id: arn, arn, type }, arn)
    this.#managed.set(key, policy)
    return policy
  }

  /** The policies that a holder holds itself. */
  held(inline: readonly InlinePolicy[], attached: readonly string[], type: 'user' | 'group' | 'role', holder: string): CompiledPolicy[] {
    const own = inline.map(({ name, document }) => this.compile(document, 'identity', { id: name, type }, holder))
    return [...own, ...attached.map(arn => this.managed(arn, 'identity')).filter(policy => policy !== undefined)]
  }

  /** A boundary whose policy was not read allows nothing: to leave it out would widen what it limits. */
  boundary(arn: string, holder: string): CompiledPolicy {
    return this.managed(arn, 'boundary') ?? this.compile(nothing, 'boundary', { id: arn, arn, type: 'boundary' }, holder)
  }
}
