import { type CompiledPolicy, compilePolicy, type PolicyKind, type PolicySource, parsePolicy } from '../policy/index.ts'

/** Parses and compiles a policy's text, or hands out what was made of the same text before: thousands of roles share a managed policy. */
export type PolicyCompiler = (text: string, kind: PolicyKind, source: PolicySource) => CompiledPolicy

const mostKept = 20_000

/** A compiler that keeps the policies most recently asked for. By content, so that nothing here can be out of date. */
export function createPolicyCompiler(): PolicyCompiler {
  const kept = new Map<string, CompiledPolicy>()
  return (text, kind, source) => {
    const key = `${kind}\n${source.type}\n${source.id}\n${text}`
    const known = kept.get(key)
    if (known) {
      kept.delete(key)
      kept.set(key, known)
      return known
    }
    const policy = compilePolicy(parsePolicy(text, kind), source)
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value as string)
    kept.set(key, policy)
    return policy
  }
}
