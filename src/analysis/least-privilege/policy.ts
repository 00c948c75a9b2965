import { placeholdersOf } from './resources.ts'
import type { Use } from './uses.ts'

/** Which resources a policy names: those that were used, every one, or formats for who fills them in. */
export type ResourceDetail = 'used' | 'any' | 'placeholders'

interface Statement {
  readonly Sid: string
  readonly Effect: 'Allow'
  readonly Action: readonly string[]
  readonly Resource: readonly string[] | string
  readonly Condition?: { readonly StringEquals: { readonly [key: string]: string } }
}

export interface PolicyDocumentJson {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

interface Group {
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly conditions: Use['conditions']
}

/**
 * The smallest policy that allows what was used, and nothing else that these uses do not show: resources of one action under the same conditions are one
 * statement, and so are actions on the same resources.
 */
export function leastPrivilegePolicy(uses: readonly Use[], detail: ResourceDetail = 'used'): PolicyDocumentJson {
  const shown = uses.map(({ action, resources, conditions }) => ({
    actions: [action],
    resources: detail === 'used' ? withoutCovered(resources) : detail === 'any' ? ['*'] : (placeholdersOf(action) ?? ['*']),
    conditions,
  }))
  const byAction = merged(shown, ({ actions, conditions }) => [actions, conditions])
  const byResources = merged(byAction, ({ resources, conditions }) => [resources, conditions])
  const statements = byResources.map((group, index) => statementOf(group, index))
  return { Version: '2012-10-17', Statement: statements }
}

/** Puts groups together that are the same in what a key is made of. */
function merged(groups: readonly Group[], keyOf: (group: Group) => unknown): Group[] {
  const found = new Map<string, Group>()
  for (const group of groups) {
    const key = JSON.stringify(keyOf(group))
    const before = found.get(key)
    found.set(
      key,
      before
        ? { ...group, actions: united(before.actions, group.actions), resources: withoutCovered(united(before.resources, group.resources)) }
        : group,
    )
  }
  return [...found.values()].toSorted((one, other) => ((one.actions[0] ?? '') < (other.actions[0] ?? '') ? -1 : 1))
}

const united = (one: readonly string[], other: readonly string[]): string[] => [...new Set([...one, ...other])].toSorted()

/** Beside `*` no other resource says anything. */
const withoutCovered = (resources: readonly string[]): readonly string[] => (resources.includes('*') ? ['*'] : resources)

function statementOf({ actions, resources, conditions }: Group, index: number): Statement {
  const services = [...new Set(actions.map(action => action.split(':')[0] ?? ''))]
  const [only] = services
  const name = services.length === 1 && only !== undefined ? only.replace(/[^a-z0-9]/g, '') : 'several'
  return {
    Sid: `${name.charAt(0).toUpperCase()}${name.slice(1)}${index + 1}`,
    Effect: 'Allow',
    Action: actions,
    Resource: resources.length === 1 ? (resources[0] as string) : resources,
    ...(Object.keys(conditions).length > 0 && { Condition: { StringEquals: conditions } }),
  }
}
