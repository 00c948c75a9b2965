import type { ContextKeySelector } from '../../audit/enriched-events.ts'
import { cloudtrail } from './service.ts'

/** CloudTrail User Guide, "Supported IAM global condition keys for enriched events". */
const conditionKeys: ReadonlySet<string> = new Set([
  'aws:FederatedProvider',
  'aws:TokenIssueTime',
  'aws:MultiFactorAuthAge',
  'aws:MultiFactorAuthPresent',
  'aws:SourceIdentity',
  'aws:PrincipalAccount',
  'aws:PrincipalArn',
  'aws:PrincipalIsAWSService',
  'aws:PrincipalOrgID',
  'aws:PrincipalOrgPaths',
  'aws:PrincipalServiceName',
  'aws:PrincipalServiceNamesList',
  'aws:PrincipalType',
  'aws:userid',
  'aws:username',
  'aws:RequestedRegion',
  'aws:SecureTransport',
  'aws:ViaAWSService',
  'aws:CurrentTime',
  'aws:EpochTime',
  'aws:SourceAccount',
  'aws:SourceOrgID',
])
const principalTag = /^aws:PrincipalTag\/.{1,128}$/su

/** @throws InvalidParameterException, of types that stand twice and of condition keys that events are not enriched with */
export function checkContextKeys(selectors: readonly ContextKeySelector[]): void {
  const refuse = (why: string) => new cloudtrail.InvalidParameterException(why)
  if (new Set(selectors.map(({ Type }) => Type)).size < selectors.length) throw refuse('Each Type can stand in one ContextKeySelector.')
  for (const { Type, Equals } of selectors) {
    if (new Set(Equals).size < Equals.length) throw refuse(`A key can stand only once in the ContextKeySelector of ${Type}.`)
    const unknown = Type === 'RequestContext' && Equals.find(key => !conditionKeys.has(key) && !principalTag.test(key))
    if (typeof unknown === 'string')
      throw refuse(
        `${unknown.slice(0, 128)} is not one of the IAM global condition keys that events can include: ${[...conditionKeys].join(', ')}.`,
      )
  }
}
