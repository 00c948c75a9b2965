import { cloudtrail } from './service.ts'

interface SampleQuery {
  readonly name: string
  readonly description: string
  readonly sql: string
}

/** Questions that people ask of an audit log. `$EDS_ID` stands for the id of an event data store, as in CloudTrail's own samples. */
export const sampleQueries: readonly SampleQuery[] = [
  {
    name: 'Denied calls by principal',
    description: 'Who was refused what in the last week, and how often: missing permissions, or somebody who tries doors',
    sql: `SELECT userIdentity.arn, eventSource, eventName, COUNT(*) AS refusals FROM $EDS_ID WHERE errorCode IN ('AccessDenied', 'AccessDeniedException', 'Client.UnauthorizedOperation') AND eventTime > date_add('day', -7, now()) GROUP BY userIdentity.arn, eventSource, eventName ORDER BY refusals DESC`,
  },
  {
    name: 'Use of the root user',
    description: 'Every call of the root user of an account',
    sql: `SELECT eventTime, eventSource, eventName, sourceIPAddress FROM $EDS_ID WHERE userIdentity.type = 'Root' ORDER BY eventTime DESC`,
  },
  {
    name: 'Changes to IAM policies',
    description: 'Who attached, detached or changed policies of users, groups and roles',
    sql: `SELECT eventTime, userIdentity.arn, eventName, requestParameters FROM $EDS_ID WHERE eventSource = 'iam.amazonaws.com' AND readOnly = false AND eventName LIKE '%Policy%' ORDER BY eventTime DESC`,
  },
  {
    name: 'Roles that pods assumed',
    description: 'Which Kubernetes service accounts took which IAM roles by web identity, IAM roles for service accounts (IRSA)',
    sql: `SELECT element_at(requestParameters, 'roleArn') AS role, userIdentity.userName AS subject, COUNT(*) AS sessions FROM $EDS_ID WHERE eventName = 'AssumeRoleWithWebIdentity' AND errorCode IS NULL GROUP BY element_at(requestParameters, 'roleArn'), userIdentity.userName ORDER BY sessions DESC`,
  },
  {
    name: 'What a role did',
    description: 'Actions of all sessions of a role, for a least privilege policy',
    sql: `SELECT eventSource, eventName, COUNT(*) AS calls, MAX(eventTime) AS last FROM $EDS_ID WHERE userIdentity.sessionContext.sessionIssuer.userName = 'ROLE_NAME' AND errorCode IS NULL GROUP BY eventSource, eventName ORDER BY calls DESC`,
  },
  {
    name: 'Access keys that were made',
    description: 'New long-lived access keys, and who made them',
    sql: `SELECT eventTime, userIdentity.arn, element_at(requestParameters, 'userName') AS user_name FROM $EDS_ID WHERE eventName = 'CreateAccessKey' AND errorCode IS NULL ORDER BY eventTime DESC`,
  },
  {
    name: 'Calls without multi-factor authentication',
    description: 'Changes by sessions without MFA',
    sql: `SELECT eventTime, userIdentity.arn, eventSource, eventName FROM $EDS_ID WHERE readOnly = false AND userIdentity.sessionContext.attributes.mfaAuthenticated = 'false' ORDER BY eventTime DESC`,
  },
  {
    name: 'Calls by hour',
    description: 'How many calls each service got in each hour of the last day',
    sql: `SELECT date_trunc('hour', eventTime) AS hour, eventSource, COUNT(*) AS calls FROM $EDS_ID WHERE eventTime > date_add('day', -1, now()) GROUP BY date_trunc('hour', eventTime), eventSource ORDER BY hour, calls DESC`,
  },
  {
    name: 'Changes to EKS clusters',
    description: 'Who changed clusters, access entries and Pod Identity associations of Amazon EKS',
    sql: `SELECT eventTime, userIdentity.arn, eventName, requestParameters FROM $EDS_ID WHERE eventSource = 'eks.amazonaws.com' AND readOnly = false ORDER BY eventTime DESC`,
  },
  {
    name: 'Source addresses of a user',
    description: 'From which IP addresses a user called, to find stolen credentials',
    sql: `SELECT sourceIPAddress, userAgent, MIN(eventTime) AS first, MAX(eventTime) AS last, COUNT(*) AS calls FROM $EDS_ID WHERE userIdentity.userName = 'USER_NAME' GROUP BY sourceIPAddress, userAgent ORDER BY last DESC`,
  },
]

/** SearchSampleQueries: those that have the words of the phrase, best first. CloudTrail API Reference, "SearchSampleQueries". */
export const SearchSampleQueries = cloudtrail.operation('SearchSampleQueries', {
  access: () => ({ resource: '*' }),
  async handle({ SearchPhrase, MaxResults = 50, NextToken }) {
    if (MaxResults < 1 || MaxResults > 50) throw new cloudtrail.InvalidParameterException('Specify max results between 1 and 50.')
    const from = NextToken === undefined ? 0 : placeOf(NextToken)
    const wanted = wordsOf(SearchPhrase)
    const found = sampleQueries
      .map(query => ({ ...query, relevance: relevanceOf(query, wanted) }))
      .filter(({ relevance }) => relevance > 0)
      .toSorted((one, other) => other.relevance - one.relevance)
    const page = found.slice(from, from + MaxResults)
    return {
      SearchResults: page.map(({ name, description, sql, relevance }) => ({
        Name: name,
        Description: description,
        SQL: sql,
        Relevance: relevance,
      })),
      ...(from + MaxResults < found.length && { NextToken: Buffer.from(`from ${from + MaxResults}`).toString('base64url') }),
    }
  },
})

function placeOf(token: string): number {
  const [, place] = /^from (\d{1,3})$/.exec(Buffer.from(token, 'base64url').toString()) ?? []
  if (place === undefined) throw new cloudtrail.InvalidParameterException('The token is not valid for this request.')
  return Number(place)
}

const wordsOf = (text: string): readonly string[] => [...new Set(text.toLowerCase().match(/[a-z0-9]{2,}/g) ?? [])]

/** The share of the words that a query has, in its name, description or statement. */
function relevanceOf({ name, description, sql }: SampleQuery, wanted: readonly string[]): number {
  const words = wordsOf(`${name} ${description} ${sql}`)
  return wanted.length === 0 ? 0 : wanted.filter(word => words.includes(word)).length / wanted.length
}
