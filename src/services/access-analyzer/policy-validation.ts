import { type PolicyUse, validatePolicy } from '../../analysis/validation/validate.ts'
import { pageOf } from './paging.ts'
import { accessAnalyzer } from './service.ts'

/**
 * ValidatePolicy: what is wrong with a policy, or could be better. Findings are in English whatever the locale; AWS says of the locale only that it is "to
 * use for localizing the findings". Access Analyzer API Reference, "ValidatePolicy".
 */
export const ValidatePolicy = accessAnalyzer.operation('ValidatePolicy', {
  access: () => ({ resource: '*' }),

  async handle({ policyDocument, policyType, validatePolicyResourceType, maxResults, nextToken }) {
    if (validatePolicyResourceType !== undefined && policyType !== 'RESOURCE_POLICY') {
      throw new accessAnalyzer.ValidationException('validatePolicyResourceType is for policies of type RESOURCE_POLICY only.', {
        reason: 'other',
      })
    }
    const use = { policyType, resourceType: validatePolicyResourceType } as PolicyUse
    const { items, nextToken: next } = pageOf(validatePolicy(policyDocument, use), { maxResults, nextToken }, [policyDocument, use])
    return {
      findings: items.map(({ findingType, issueCode, findingDetails, learnMoreLink, locations }) => ({
        findingType,
        issueCode,
        findingDetails,
        learnMoreLink,
        locations,
      })),
      ...(next !== undefined && { nextToken: next }),
    }
  },
})
