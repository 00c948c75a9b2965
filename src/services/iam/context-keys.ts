import { contextKeysOf } from '../../policy/index.ts'
import { anyResource } from './access.ts'
import { compileGiven, compileHeld, heldPolicies, requireEntity } from './principal-policies.ts'
import { iam } from './service.ts'
import { entityAccess } from './simulations.ts'

/** Keys that policies mention, each once. */
const unique = (keys: readonly string[]): string[] => [...new Map(keys.map(key => [key.toLowerCase(), key])).values()]

const keysOfGiven = (texts: readonly string[]): string[] =>
  texts.flatMap((text, i) => contextKeysOf(compileGiven(text, 'identity', { id: `PolicyInputList.${i + 1}`, type: 'none' }).document))

/** GetContextKeysForCustomPolicy. IAM API Reference, "GetContextKeysForCustomPolicy". */
export const GetContextKeysForCustomPolicy = iam.operation('GetContextKeysForCustomPolicy', {
  access: () => anyResource,
  handle: async ({ PolicyInputList }) => ({ ContextKeyNames: unique(keysOfGiven(PolicyInputList)) }),
})

/** GetContextKeysForPrincipalPolicy: with a user's groups'. IAM API Reference, "GetContextKeysForPrincipalPolicy". */
export const GetContextKeysForPrincipalPolicy = iam.operation('GetContextKeysForPrincipalPolicy', {
  access: ({ PolicySourceArn }, context) => entityAccess(context, PolicySourceArn),

  async handle({ PolicySourceArn, PolicyInputList = [] }, { tx, account }) {
    const held = await heldPolicies(tx, await requireEntity(tx, account, PolicySourceArn))
    const keys = held.flatMap(policy => contextKeysOf(compileHeld(policy, 'identity').document))
    return { ContextKeyNames: unique([...keys, ...keysOfGiven(PolicyInputList)]) }
  },
})
