import { settingOf } from '../../identity/account-settings.ts'
import { organizationOf } from '../../identity/organization-accounts.ts'
import { compilePolicy, type CompiledPolicy, parsePolicy } from '../../policy/index.ts'
import type { Transaction } from '../../store/index.ts'
import type { AccessContext, AccessStatement, HandleContext, Operation } from '../operation.ts'
import { needsDelegation } from './delegable.ts'

interface Delegation {
  readonly managementAccount: string
  readonly policy: CompiledPolicy
}

/**
 * An operation that members may call as far as the organization's resource policy lets them. To such a caller its resources are the management account's:
 * the caller's own policies and the resource policy must both allow, and it is done as the management account does it.
 */
export function withDelegation(operation: Operation): Operation {
  if (!needsDelegation(operation.name)) return operation
  const { access, handle } = operation.definition
  return {
    ...operation,
    definition: {
      ...operation.definition,
      async access(input: unknown, context: AccessContext, prepared: unknown) {
        const statements: readonly AccessStatement[] = [await access(input, context, prepared)].flat()
        const delegation = await delegationTo(context.tx, context.account, operation)
        return delegation
          ? statements.map(statement => ({
              ...statement,
              resourceAccount: delegation.managementAccount,
              resourcePolicy: delegation.policy,
            }))
          : statements
      },
      async handle(input: unknown, context: HandleContext, prepared: unknown) {
        const delegation = await delegationTo(context.tx, context.account, operation)
        return handle(input, delegation ? { ...context, account: delegation.managementAccount } : context, prepared)
      },
    },
  }
}

/** What may let an account do what is another's: undefined for management accounts, where there is no policy, and for what delegated administrators of services read anyway. */
async function delegationTo(tx: Transaction, account: string, { readOnly }: Operation): Promise<Delegation | undefined> {
  const organization = await organizationOf(tx, account)
  if (!organization || organization.managementAccount === account) return undefined
  const { managementAccount } = organization
  const setting = await settingOf(tx, managementAccount, 'organizationResourcePolicy')
  if (!setting) return undefined
  if (readOnly && (await administersService(tx, organization.id, account))) return undefined
  return { managementAccount, policy: compilePolicy(parsePolicy(setting.content, 'resource'), { id: setting.id, type: 'resource' }) }
}

const administersService = (tx: Transaction, organizationId: string, account: string) =>
  tx
    .selectFrom('delegatedAdministrators')
    .select('service')
    .where('organizationId', '=', organizationId)
    .where('accountId', '=', account)
    .executeTakeFirst()
