import type { ContextProvider } from '../../wire/models/iam.ts'
import type { Keys } from './access.ts'
import { iam } from './service.ts'

/** What identity providers of both kinds keep of trusted identity propagation. IAM API Reference, "ContextProvider". */
export interface PropagationRow {
  readonly contextProvider: string | null
  readonly identityCenterInstanceArn: string | null
}

/** What requests say of it. */
interface PropagationRequest {
  readonly ContextProvider?: ContextProvider
  readonly IdentityCenterInstanceArn?: string
  readonly RemoveContextProvider?: boolean
  readonly RemoveIdentityCenterInstance?: boolean
}

/** Letters, digits, single spaces within, and `_ . : / = + - @ #`. IAM API Reference, "ContextProvider", SubjectSourceKey. */
const keyForm = /^[A-Za-z0-9_.:/=+\-@#]+( [A-Za-z0-9_.:/=+\-@#]+)*$/
/** IAM Identity Center API Reference, "InstanceMetadata", InstanceArn. */
const instanceForm = /^arn:aws:sso:::instance\/(sso)?ins-[a-zA-Z0-9-.]{16}$/

/** @throws InvalidInput */
function checkContextProvider({ KeyDefinitionList = [], SubjectSourceKey, SubjectTypeValue, SubjectTypeSourceKey }: ContextProvider): void {
  if (SubjectTypeValue !== undefined && SubjectTypeSourceKey !== undefined)
    throw new iam.InvalidInput('Specify either SubjectTypeValue or SubjectTypeSourceKey, but not both.')
  const keys = [SubjectSourceKey, SubjectTypeSourceKey, ...KeyDefinitionList.flatMap(({ SourceKey, TargetKey }) => [SourceKey, TargetKey])]
  const wrong = keys.find(key => key !== undefined && !keyForm.test(key))
  if (wrong !== undefined) throw new iam.InvalidInput(`The key ${wrong} of the context provider does not have the form of a key.`)
}

/** @throws InvalidInput */
function checkInstance(arn: string): void {
  if (!instanceForm.test(arn)) throw new iam.InvalidInput(`${arn} is not the ARN of an IAM Identity Center instance.`)
}

/** What a new provider keeps. @throws InvalidInput: an instance needs a context provider to have its contexts from */
export function newPropagation({ ContextProvider: provider, IdentityCenterInstanceArn: instance }: PropagationRequest): PropagationRow {
  if (provider !== undefined) checkContextProvider(provider)
  if (instance !== undefined) checkInstance(instance)
  if (instance !== undefined && provider === undefined)
    throw new iam.InvalidInput('An IAM Identity Center instance can be associated with a provider that has a context provider only.')
  return { contextProvider: provider === undefined ? null : JSON.stringify(provider), identityCenterInstanceArn: instance ?? null }
}

/**
 * What a provider keeps after a change: either member anew or gone, one of the two at a time.
 * @throws InvalidInput
 * @see    IAM API Reference, "UpdateOpenIDConnectProvider"
 */
export function changedPropagation(row: PropagationRow, request: PropagationRequest): PropagationRow {
  const { ContextProvider: provider, IdentityCenterInstanceArn: instance, RemoveContextProvider, RemoveIdentityCenterInstance } = request
  if (provider !== undefined && RemoveContextProvider)
    throw new iam.InvalidInput('Specify either ContextProvider or RemoveContextProvider, but not both.')
  if (instance !== undefined && RemoveIdentityCenterInstance)
    throw new iam.InvalidInput('Specify either IdentityCenterInstanceArn or RemoveIdentityCenterInstance, but not both.')
  const changesProvider = provider !== undefined || RemoveContextProvider === true
  const changesInstance = instance !== undefined || RemoveIdentityCenterInstance === true
  if (changesProvider && changesInstance)
    throw new iam.InvalidInput('A request can change either the context provider or the IAM Identity Center association, but not both.')
  if (changesInstance) {
    if (instance === undefined) return { ...row, identityCenterInstanceArn: null }
    return newPropagation({ ...providerOf(row), IdentityCenterInstanceArn: instance })
  }
  if (!changesProvider) return row
  if (provider !== undefined) {
    checkContextProvider(provider)
    return { ...row, contextProvider: JSON.stringify(provider) }
  }
  if (row.identityCenterInstanceArn !== null)
    throw new iam.InvalidInput('Remove the association with the IAM Identity Center instance before the context provider.')
  return { ...row, contextProvider: null }
}

const providerOf = ({ contextProvider }: PropagationRow) =>
  contextProvider === null ? {} : { ContextProvider: JSON.parse(contextProvider) as ContextProvider }

/** The members that tell of it. */
export const propagationMembers = (row: PropagationRow) => ({
  ...providerOf(row),
  ...(row.identityCenterInstanceArn !== null && { IdentityCenterInstanceArn: row.identityCenterInstanceArn }),
})

/**
 * Condition keys of a request that configures propagation; the stored values' keys begin with Resource.
 * IAM API Reference, "UpdateOpenIDConnectProvider".
 */
export const propagationKeys = (request: PropagationRequest, row?: PropagationRow): Keys => ({
  ...((request.ContextProvider !== undefined || request.RemoveContextProvider) && {
    'iam:EnableIdentityPropagation': !request.RemoveContextProvider,
  }),
  ...((request.IdentityCenterInstanceArn !== undefined || request.RemoveIdentityCenterInstance) && {
    'iam:EnableIdentityCenterAssociation': !request.RemoveIdentityCenterInstance,
  }),
  ...(request.IdentityCenterInstanceArn !== undefined && { 'iam:RequestIdentityCenterInstanceArn': request.IdentityCenterInstanceArn }),
  ...(row?.identityCenterInstanceArn && { 'iam:ResourceIdentityCenterInstanceArn': row.identityCenterInstanceArn }),
})
