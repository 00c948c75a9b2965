import { setTimeout } from 'node:timers/promises'
import { CallRefused } from '../analysis/graph/import/call-refused.ts'
import { MomentUnknown, readWorld, type WorldApi, type WorldService } from '../analysis/graph/import/world.ts'
import type { Snapshot } from '../analysis/graph/snapshot.ts'
import { CallError, callJson, callQuery, callRestJson, type Client, presentAlone, type XmlElement } from './client.ts'
import { type ClusterClient, openCluster } from './cluster-client.ts'
import { describeInstances } from './ec2-instances.ts'
import { Progress } from './progress.ts'
import { bucketPolicy, listBuckets } from './s3-buckets.ts'

/**
 * The world of a running Gatehouse, or of AWS, by its public APIs and with the caller's own rights.
 * @param settings  the account's settings too, which audits ask
 */
export async function readLiveSnapshot(client: Client, options: { readonly settings?: boolean } = {}): Promise<Snapshot> {
  const progress = new Progress('reading the account and its clusters')
  let answers = 0
  const count = <T>(answer: T): T => {
    answers += 1
    progress.at(`${answers} answers`)
    return answer
  }
  const { call, kubernetes, ...api } = worldApi(client)
  try {
    const counted: WorldApi = {
      ...api,
      call: (...asked) => call(...asked).then(count),
      kubernetes: (...asked) => kubernetes(...asked).then(count),
    }
    return await readWorld(counted, options)
  } finally {
    progress.end()
  }
}

type Answer = { readonly [name: string]: unknown }
type Call = (client: Client, operation: string, input: Answer) => Promise<Answer>

function worldApi(client: Client): WorldApi {
  const clusters = new Map<string, Promise<ClusterClient>>()
  const clusterOf = (name: string) => {
    const known = clusters.get(name) ?? openCluster(client, name)
    clusters.set(name, known)
    return known
  }
  return {
    call: (service, operation, input) => asRefusal(ofMoment(calls[service](client, operation, input))),
    kubernetes: (cluster, path) => asRefusal(clusterOf(cluster).then(opened => opened.read(path))),
    pause: () => setTimeout(1_000),
  }
}

const iam = { name: 'iam', version: '2010-05-08' }
const texts = (input: Answer) => Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)]))

const calls: { readonly [Service in WorldService]: Call } = {
  iam: async (client, operation, input) => plainOf(await callQuery(client, iam, operation, texts(input))),
  organizations: (client, operation, input) =>
    callJson(client, { name: 'organizations', target: `AWSOrganizationsV20161128.${operation}` }, input),
  cloudtrail: (client, operation, input) =>
    callJson(client, { name: 'cloudtrail', target: `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.${operation}` }, input),
  s3: (client, operation, { Bucket }) => (operation === 'ListBuckets' ? listBuckets(client) : bucketPolicy(client, String(Bucket))),
  ec2: (client, _operation, { NextToken }) => describeInstances(client, NextToken as string | undefined),
  eks: (client, operation, input) => get(client, 'eks', operation, input),
  'access-analyzer': (client, operation, input) => get(client, 'access-analyzer', operation, input),
}

/** Paths of the operations that read. EKS API Reference; Access Analyzer API Reference. */
const paths: { readonly [operation: string]: string } = {
  ListAnalyzers: '/analyzer',
  ListClusters: '/clusters',
  DescribeCluster: '/clusters/{name}',
  ListAccessEntries: '/clusters/{clusterName}/access-entries',
  DescribeAccessEntry: '/clusters/{clusterName}/access-entries/{principalArn}',
  ListAssociatedAccessPolicies: '/clusters/{clusterName}/access-entries/{principalArn}/access-policies',
  ListPodIdentityAssociations: '/clusters/{clusterName}/pod-identity-associations',
  DescribePodIdentityAssociation: '/clusters/{clusterName}/pod-identity-associations/{associationId}',
  ListNodegroups: '/clusters/{clusterName}/node-groups',
  DescribeNodegroup: '/clusters/{clusterName}/node-groups/{nodegroupName}',
}

function get(client: Client, service: string, operation: string, { nextToken, ...names }: Answer): Promise<Answer> {
  const path = (paths[operation] ?? '').replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(names[name])))
  const query = nextToken === undefined ? '' : `nextToken=${encodeURIComponent(String(nextToken))}`
  return callRestJson(client, service, 'GET', path, { query })
}

/** Whoever cannot tell how it was, AWS for one, has no answers but those of the present. */
async function ofMoment<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (problem) {
    if (problem instanceof CallError && [presentAlone, 'PastNotKept'].includes(problem.code))
      throw new MomentUnknown(problem.message.replace(/^PastNotKept: /, ''))
    throw problem
  }
}

/** A cluster that is not active yet has no API to ask. */
async function asRefusal<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (problem) {
    if (problem instanceof CallError) throw new CallRefused(problem.code, problem.message)
    if (problem instanceof Error && problem.message.includes('wait until it is ACTIVE')) throw new CallRefused('', problem.message)
    throw problem
  }
}

/** An answer in XML as the AWS CLI prints it: lists are lists. */
function plainOf(element: XmlElement): Answer {
  return Object.fromEntries(
    Object.entries(element).map(([name, value]) => {
      if (typeof value !== 'object') return [name, value]
      if ('member' in value)
        return [name, (value.member as readonly (XmlElement | string)[]).map(item => (typeof item === 'string' ? item : plainOf(item)))]
      return [name, plainOf(value as XmlElement)]
    }),
  )
}
