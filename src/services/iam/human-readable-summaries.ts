import { parseArn } from '../../types/arn.ts'
import { delegationAccess } from './delegation-requests.ts'
import { detailsOf, requireDelegationRequest } from './delegation-store.ts'
import { summaryOf } from './policy-summary.ts'
import { iam } from './service.ts'

/** Languages of the Management Console, which Locale is chosen from, by their codes. Management Console guide, "Changing the language". */
const consoleLanguages = new Set(['ar', 'de', 'en', 'es', 'fr', 'he', 'id', 'it', 'ja', 'ko', 'pt', 'th', 'tr', 'vi', 'zh'])

/** The request that an ARN names. @throws InvalidInput for every other kind of entity */
function requestIdOf(arn: string, account: string): string {
  const parsed = parseArn(arn)
  const id = /^delegation-request\/([\w-]{16,128})$/.exec(parsed?.resource ?? '')?.[1]
  if (parsed?.service !== 'iam' || parsed.account !== account || id === undefined)
    throw new iam.InvalidInput(`${arn} is not the ARN of a delegation request; summaries are made of delegation requests only.`)
  return id
}

/** GetHumanReadableSummary: of the permissions that a delegation request asks for. IAM API Reference, "GetHumanReadableSummary". */
export const GetHumanReadableSummary = iam.operation('GetHumanReadableSummary', {
  access: ({ EntityArn }, context) => delegationAccess(context, requestIdOf(EntityArn, context.account)),

  async handle({ EntityArn, Locale = 'en' }, { tx, account }) {
    const language = /^([a-z]{2})([-_][A-Za-z]{2,4})?$/.exec(Locale)?.[1]
    if (language === undefined || !consoleLanguages.has(language)) throw new iam.InvalidInput(`The locale ${Locale} is not supported.`)
    const row = await requireDelegationRequest(tx, account, requestIdOf(EntityArn, account))
    if (language !== 'en') return { Locale, SummaryState: 'NOT_SUPPORTED' }
    return { Locale, SummaryState: 'AVAILABLE', SummaryContent: summaryOf(detailsOf(row).policy) }
  },
})
