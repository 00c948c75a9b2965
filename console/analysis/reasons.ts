/** A reason of the analysis: a fact, or a request that the engine allowed, by which statements and under which conditions. */
interface Reason {
  readonly fact?: string
  readonly action?: string
  readonly resource?: string
  readonly statements?: readonly string[]
  readonly conditions?: readonly string[]
}

export const reasonTexts = (because: unknown): string[] => [because].flat().flatMap(reason => reasonText((reason ?? {}) as Reason))

function reasonText({ fact, action, resource, statements = [], conditions = [] }: Reason): string[] {
  if (fact !== undefined) return [fact]
  if (action === undefined) return []
  const by = statements.length > 0 ? `, by ${statements.join(' and ')}` : ''
  const when = conditions.length > 0 ? `, if ${conditions.join(' and ')}` : ''
  return [`${action} on ${resource ?? '*'}${by}${when}`]
}
