/** How the API grades a finding. Access Analyzer API Reference, "ValidatePolicyFinding". */
export type FindingType = 'ERROR' | 'SECURITY_WARNING' | 'WARNING' | 'SUGGESTION'

/** One check of the reference. */
export interface Check {
  /** As the reference's heading has it. */
  readonly title: string
  /** What the finding says; names in double braces are filled in. */
  readonly details: string
  /** When it is not the entry's key: two headings share one code. */
  readonly code?: string
}

const headings: Readonly<Record<FindingType, string>> = {
  ERROR: 'error',
  SECURITY_WARNING: 'security-warning',
  WARNING: 'general-warning',
  SUGGESTION: 'suggestion',
}

const reference = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html'

/** The link of a finding to its heading in the reference. */
export const learnMoreLink = (type: FindingType, code: string): string =>
  `${reference}#access-analyzer-reference-policy-checks-${headings[type]}-${code.toLowerCase().replaceAll('_', '-')}`

/** Fills in what a check says. */
export const fillIn = (details: string, values: Readonly<Record<string, string>>): string =>
  details.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => values[name] ?? whole)
