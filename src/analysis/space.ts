import { compilePrincipal, reachesNot } from '../policy/principal.ts'
import type { Condition, PolicyDocument, PolicyPrincipal, Statement } from '../policy/index.ts'
import { contextKey, contextValue } from '../policy/context-keys.ts'
import { parseTemplate } from '../policy/variables.ts'
import { choicesOf, type KeyChoices } from './condition-values.ts'
import { actionPattern, type Pattern, resourcePattern, type Variables } from './literals.ts'
import type { Budget } from './strings.ts'
import { resourceKeys, type ZoneOfTrust } from './zone-of-trust.ts'

/** A statement as the search takes it apart. */
export interface Rule {
  readonly statement: Statement
  readonly document: PolicyDocument
  readonly allow: boolean
  readonly actions: PatternList
  /** Absent: the resource that the policy is attached to. */
  readonly resources: PatternList | undefined
}

/** Action, NotAction, Resource or NotResource. */
export interface PatternList {
  readonly negated: boolean
  readonly patterns: readonly Pattern[]
}

/** The statements of some policies, and the values of the keys that they ask for. */
export interface Space {
  readonly variables: Variables
  /** Keys that every request has with one value. */
  readonly known: Readonly<Record<string, string>>
  readonly choices: ReadonlyMap<string, KeyChoices>
  /** Every value that matters is among the choices. */
  readonly complete: boolean
}

/** What of the requests is in question. */
export interface Narrowing {
  readonly only?: ((choices: KeyChoices) => KeyChoices) | undefined
  readonly zone?: ZoneOfTrust | undefined
}

/** The rules of a document that can apply to a principal; all of them when nobody is given. */
export function rulesOf(document: PolicyDocument, variables: Variables, principal?: PolicyPrincipal): Rule[] {
  return document.statements
    .filter(
      ({ principal: element, effect }) => !element || !principal || compilePrincipal(element, effect === 'Allow')(principal) !== reachesNot,
    )
    .map(statement => ({
      statement,
      document,
      allow: statement.effect === 'Allow',
      actions: { negated: statement.action.negated, patterns: statement.action.values.map(actionPattern) },
      resources: statement.resource && {
        negated: statement.resource.negated,
        patterns: statement.resource.values.map(value => resourcePattern(value, document.version === '2012-10-17' ? variables : undefined)),
      },
    }))
}

/**
 * The choices of every key that the documents ask for.
 * @param only  the choices that a key may have, by key; others are open
 * @param zone  whose requests are not in question
 */
export function spaceOf(
  documents: readonly PolicyDocument[],
  variables: Variables,
  budget: Budget,
  principal: PolicyPrincipal,
  { only, zone }: Narrowing = {},
): Space {
  const byKey = new Map<string, { condition: Condition; variables: boolean }[]>()
  for (const document of documents) {
    for (const { conditions } of document.statements) {
      for (const condition of conditions) {
        const key = condition.key.toLowerCase()
        byKey.set(key, [...(byKey.get(key) ?? []), { condition, variables: document.version === '2012-10-17' }])
      }
    }
  }
  for (const { document, condition } of allConditions(documents)) {
    for (const value of document.version === '2012-10-17' ? condition.values : []) {
      for (const part of parseTemplate(value)?.parts ?? []) if (part.type === 'variable') variables.unitOf(part.name)
    }
  }
  const known = zone ? resourceKeys(zone) : {}
  const asker = { principal, context: { ...variableKeys(variables, principal), ...known }, zone }
  const choices = new Map<string, KeyChoices>()
  for (const [key, conditions] of byKey) {
    const made = choicesOf(key, conditions, budget, asker)
    choices.set(key, only ? only(made) : made)
  }
  return { variables, known, choices, complete: [...choices.values()].every(({ complete }) => complete) }
}

const allConditions = (documents: readonly PolicyDocument[]) =>
  documents.flatMap(document =>
    document.statements.flatMap(({ conditions, effect }) => conditions.map(condition => ({ document, effect, condition }))),
  )

/** What policy variables hold, where it does not follow from the principal: text of their own. */
export function variableKeys({ names }: Variables, principal: PolicyPrincipal): Record<string, string> {
  const request = { principal, action: 'x:x', resource: '*', context: {} }
  return Object.fromEntries(
    names.flatMap((name, i) =>
      contextValue(contextKey(name), request) === undefined || name === 'aws:resourceaccount' ? [[name, `value${i}`]] : [],
    ),
  )
}
