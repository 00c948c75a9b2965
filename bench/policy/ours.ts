import { compilePolicy, type CompiledPolicy, parsePolicy, type PolicyKind, type ApplicablePolicies } from '../../src/policy/index.ts'
import type { NaivePolicies } from '../../test/policy/naive.ts'

const interned = new Map<string, CompiledPolicy>()

/** A compiled policy; equal documents are compiled once, as the server does. */
export function compiled(text: string, kind: PolicyKind): CompiledPolicy {
  const key = `${kind} ${text}`
  let policy = interned.get(key)
  if (!policy) {
    policy = compilePolicy(parsePolicy(text, kind), { id: kind, type: 'user managed' })
    interned.set(key, policy)
  }
  return policy
}

export function applicable(texts: NaivePolicies): ApplicablePolicies {
  return {
    identity: texts.identity.map(text => compiled(text, 'identity')),
    ...(texts.boundary === undefined ? {} : { boundary: compiled(texts.boundary, 'boundary') }),
    ...(texts.session ? { session: texts.session.map(text => compiled(text, 'session')) } : {}),
    ...(texts.resource === undefined ? {} : { resource: compiled(texts.resource, 'resource') }),
    ...(texts.scps ? { scps: texts.scps.map(level => level.map(text => compiled(text, 'scp'))) } : {}),
  }
}
