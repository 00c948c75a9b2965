import type { CallContext } from '../operation.ts'
import type { Transaction } from '../../store/index.ts'
import { anyResource } from './access.ts'
import { iam } from './service.ts'
import { putSetting, settingOf } from '../../identity/account-settings.ts'

type Context = CallContext & { readonly tx: Transaction }

/** Whether the account's principals may get web identity tokens, and who issues them. */
const stateOf = ({ tx, account }: Context) => settingOf(tx, account, 'outboundWebIdentityFederation')

/**
 * EnableOutboundWebIdentityFederation: the account's issuer is made once and stays the same, so that relying parties need not change.
 * IAM API Reference, "EnableOutboundWebIdentityFederation".
 */
export const EnableOutboundWebIdentityFederation = iam.operation('EnableOutboundWebIdentityFederation', {
  access: () => anyResource,

  async handle(_, context) {
    const { tx, account, world } = context
    const state = await stateOf(context)
    if (state?.enabled) throw new iam.FeatureEnabled('Outbound web identity federation is already enabled for this account.')
    const issuer = state?.issuer ?? `${world.endpoints.https}/tokens/${world.random.uuid()}`
    await putSetting(tx, account, 'outboundWebIdentityFederation', { issuer, enabled: true })
    return { IssuerIdentifier: issuer }
  },
})

/** DisableOutboundWebIdentityFederation: tokens that are out stay valid until they expire. IAM API Reference, same name. */
export const DisableOutboundWebIdentityFederation = iam.operation('DisableOutboundWebIdentityFederation', {
  access: () => anyResource,

  async handle(_, context) {
    const state = await stateOf(context)
    if (!state?.enabled) throw disabled()
    await putSetting(context.tx, context.account, 'outboundWebIdentityFederation', { ...state, enabled: false })
    return {}
  },
})

/** GetOutboundWebIdentityFederationInfo. IAM API Reference, same name. */
export const GetOutboundWebIdentityFederationInfo = iam.operation('GetOutboundWebIdentityFederationInfo', {
  access: () => anyResource,

  async handle(_, context) {
    const state = await stateOf(context)
    if (!state?.enabled) throw disabled()
    return { IssuerIdentifier: state.issuer, JwtVendingEnabled: true }
  },
})

const disabled = () => new iam.FeatureDisabled('Outbound web identity federation is not enabled for this account.')
