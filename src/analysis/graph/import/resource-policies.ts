import { parseArn } from '../../../types/arn.ts'
import type { Origin, SnapshotBuilder } from './builder.ts'
import { documentText, type Fields, fieldsOf, isFields, objectsOf, textOf, textsOf } from './fields.ts'

/** A resource's own policy, as the services' calls give it, by what tells the resource. */
export function readResourcePolicy(answer: Fields, builder: SnapshotBuilder, { source, subject }: Origin): void {
  const attributes = fieldsOf(answer['Attributes'])
  const text =
    documentText(answer['Policy'] ?? attributes['Policy'] ?? answer['ResourcePolicy'] ?? answer['policyText'] ?? answer['policy']) ||
    ('Statement' in answer ? JSON.stringify(answer) : '')
  const resource =
    subject ??
    [answer['resource'], attributes['QueueArn'], attributes['TopicArn'], answer['ARN'], repositoryOf(answer)]
      .map(textOf)
      .find(arn => arn !== '') ??
    resourceIn(text)
  if (text === '') return
  if (resource === undefined || !parseArn(resource))
    return builder.gap(`${source} does not say whose policy it is: give it as ARN=${source}`)
  builder.resourcePolicies.set(resource, text)
}

/** GetRepositoryPolicy of ECR tells names; the region is not told, so a repository is known only when given as ARN=FILE. */
const repositoryOf = ({ repositoryArn }: Fields): string => textOf(repositoryArn)

/** Policies of buckets and functions name their resource; those of keys say `*`. */
function resourceIn(text: string): string | undefined {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    return undefined
  }
  const statements = isFields(document) ? [document['Statement']].flat().filter(isFields) : []
  const named = new Set(
    statements
      .flatMap(({ Resource }) => (typeof Resource === 'string' ? [Resource] : textsOf(Resource)))
      .map(value => /^(arn:aws[a-z-]*:s3:::[^/*?]+)(?:\/|$)/.exec(value)?.[1] ?? /^(arn:aws[a-z-]*:lambda:[^*?]+)$/.exec(value)?.[1]),
  )
  const [only] = named
  return named.size === 1 ? only : undefined
}

/** DescribeInstances. EC2 API Reference, "DescribeInstances". */
export function readInstances({ Reservations }: Fields, builder: SnapshotBuilder): void {
  for (const reservation of objectsOf(Reservations)) {
    for (const instance of objectsOf(reservation['Instances'])) {
      const profile = textOf(fieldsOf(instance['IamInstanceProfile'])['Arn'])
      const account = textOf(reservation['OwnerId']) || (parseArn(profile)?.account ?? '')
      const zone = textOf(fieldsOf(instance['Placement'])['AvailabilityZone'])
      const region = /^[a-z]+(?:-[a-z]+)+-\d/.exec(zone)?.[0] ?? 'us-east-1'
      // What has no profile any more, and answers nobody. EC2 User Guide, "Amazon EC2 instance state changes".
      if (textOf(fieldsOf(instance['State'])['Name']) === 'terminated') continue
      const { HttpTokens, HttpPutResponseHopLimit, HttpEndpoint, HttpProtocolIpv6 } = fieldsOf(instance['MetadataOptions'])
      const id = textOf(instance['InstanceId'])
      const dnsName = textOf(instance['PrivateDnsName'])
      builder.instances.set(id, {
        arn: `arn:aws:ec2:${region}:${account}:instance/${id}`,
        ...(profile !== '' && { profile }),
        ...(dnsName !== '' && { privateDnsName: dnsName }),
        ...(typeof HttpPutResponseHopLimit === 'number' && { hopLimit: HttpPutResponseHopLimit }),
        ...(typeof HttpTokens === 'string' && { tokensRequired: HttpTokens === 'required' }),
        ...(typeof HttpEndpoint === 'string' && { endpointDisabled: HttpEndpoint === 'disabled' }),
        ...(HttpProtocolIpv6 === 'enabled' && { ipv6Endpoint: true }),
      })
    }
  }
}
