import { accountOfAccessKey } from '../../identity/identifiers.ts'
import { sts } from './service.ts'

/**
 * GetAccessKeyInfo: the account of an access key, of any account. Ids tell it themselves, so that keys that are deleted, inactive or
 * temporary are answered as well; ids that were given to Gatehouse at first start are looked up. STS API Reference, "GetAccessKeyInfo".
 */
export const GetAccessKeyInfo = sts.operation('GetAccessKeyInfo', {
  access: () => ({ resource: '*' }),

  async handle({ AccessKeyId }, { tx }) {
    const row = await tx.selectFrom('accessKeys').select('account').where('id', '=', AccessKeyId).executeTakeFirst()
    const account = row?.account ?? accountOfAccessKey(AccessKeyId)
    if (account === undefined) throw new sts.ValidationError(`The access key ID ${AccessKeyId} is not valid.`)
    return { Account: account }
  },
})
