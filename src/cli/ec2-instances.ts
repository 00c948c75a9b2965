import { callEc2, type Client, type XmlElement } from './client.ts'
import { elementOf, textOf } from './irsa-iam.ts'

/**
 * A page of instances, as the AWS CLI prints it: of each what says whose credentials its metadata gives, and to whom.
 * EC2 API Reference, "DescribeInstances".
 */
export async function describeInstances(client: Client, token: string | undefined): Promise<{ readonly [name: string]: unknown }> {
  const answer = await callEc2(client, 'DescribeInstances', { MaxResults: '1000', ...(token !== undefined && { NextToken: token }) })
  const next = textOf(answer, 'nextToken')
  return {
    Reservations: itemsOf(answer, 'reservationSet').map(reservation => ({
      OwnerId: textOf(reservation, 'ownerId'),
      Instances: itemsOf(reservation, 'instancesSet').map(instanceOf),
    })),
    ...(next !== '' && { NextToken: next }),
  }
}

function instanceOf(item: XmlElement): object {
  const [profile, placement, state, options] = ['iamInstanceProfile', 'placement', 'instanceState', 'metadataOptions'].map(name =>
    elementOf(item, name),
  )
  return {
    InstanceId: textOf(item, 'instanceId'),
    PrivateDnsName: textOf(item, 'privateDnsName'),
    ...(profile && { IamInstanceProfile: { Arn: textOf(profile, 'arn') } }),
    ...(placement && { Placement: { AvailabilityZone: textOf(placement, 'availabilityZone') } }),
    ...(state && { State: { Name: textOf(state, 'name') } }),
    ...(options && {
      MetadataOptions: {
        HttpTokens: textOf(options, 'httpTokens'),
        HttpPutResponseHopLimit: Number(textOf(options, 'httpPutResponseHopLimit')),
        HttpEndpoint: textOf(options, 'httpEndpoint'),
        HttpProtocolIpv6: textOf(options, 'httpProtocolIpv6'),
      },
    }),
  }
}

function itemsOf(element: XmlElement, name: string): readonly XmlElement[] {
  const { item } = elementOf(element, name) ?? {}
  return Array.isArray(item) ? (item as readonly XmlElement[]) : []
}
