import { recordChange } from '../../store/index.ts'
import { anyResource } from './access.ts'
import { iam } from './service.ts'

/** CreateAccountAlias: one an account; a new one replaces the old. IAM User Guide, "Your AWS account ID and its alias". */
export const CreateAccountAlias = iam.operation('CreateAccountAlias', {
  access: () => anyResource,

  async handle({ AccountAlias }, { tx, account, now }) {
    if (/^\d{12}$/.test(AccountAlias)) throw new iam.InvalidInput('Account Alias must not be a 12 digit number.')
    const taken = await tx.selectFrom('accounts').select('id').where('alias', '=', AccountAlias).executeTakeFirst()
    if (taken) throw new iam.EntityAlreadyExists(`The account alias ${AccountAlias} already exists.`)
    await tx.updateTable('accounts').set({ alias: AccountAlias }).where('id', '=', account).execute()
    await recordChange(tx, { account, kind: 'account', id: account, at: now })
    return {}
  },
})

/** ListAccountAliases: none, or one. IAM API Reference, "ListAccountAliases". */
export const ListAccountAliases = iam.operation('ListAccountAliases', {
  access: () => anyResource,

  async handle(_, { tx, account }) {
    const row = await tx.selectFrom('accounts').select('alias').where('id', '=', account).executeTakeFirst()
    return { AccountAliases: row?.alias ? [row.alias] : [], IsTruncated: false }
  },
})

/** DeleteAccountAlias. IAM API Reference, "DeleteAccountAlias". */
export const DeleteAccountAlias = iam.operation('DeleteAccountAlias', {
  access: () => anyResource,

  async handle({ AccountAlias }, { tx, account, now }) {
    const { numUpdatedRows } = await tx
      .updateTable('accounts')
      .set({ alias: null })
      .where('id', '=', account)
      .where('alias', '=', AccountAlias)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw new iam.NoSuchEntity(`The Account Alias ${AccountAlias} cannot be found.`)
    await recordChange(tx, { account, kind: 'account', id: account, at: now })
    return {}
  },
})
