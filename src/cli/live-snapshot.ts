import { setTimeout } from 'node:timers/promises'
import { SnapshotBuilder } from '../analysis/graph/import/builder.ts'
import { makeSnapshot } from '../analysis/graph/import/make-snapshot.ts'
import { readDocument } from '../analysis/graph/import/read-documents.ts'
import type { Snapshot } from '../analysis/graph/snapshot.ts'
import { CallError, callJson, callQuery, callRestJson, type Client, type XmlElement } from './client.ts'
import { describeInstances } from './ec2-instances.ts'
import { iamOf } from './irsa-iam.ts'
import { openCluster } from './cluster-client.ts'
import { readAccount } from './principal-policies.ts'

/**
 * @param settings  the account's settings too, which audits ask
 * The world of a running Gatehouse, or of AWS, by its public APIs and with the caller's own rights. What the caller may not read, the snapshot names as missing.
 */
export async function readLiveSnapshot(client: Client, { settings = false }: { readonly settings?: boolean } = {}): Promise<Snapshot> {
  const builder = new SnapshotBuilder()
  const reader = new LiveReader(client, builder)
  await reader.account()
  await reader.organization()
  await reader.instances()
  await reader.clusters()
  if (settings) await reader.settings()
  return makeSnapshot(builder)
}

const iam = { name: 'iam', version: '2010-05-08' }
const mostTries = 30

type Answer = { readonly [name: string]: unknown }

class LiveReader {
  readonly #client: Client
  readonly #builder: SnapshotBuilder

  constructor(client: Client, builder: SnapshotBuilder) {
    this.#client = client
    this.#builder = builder
  }

  async account(): Promise<void> {
    const details = await this.#attempt('GetAccountAuthorizationDetails', () => readAccount(this.#client))
    if (!details) return
    const { users, groups, roles, policies } = details
    const plain = (elements: readonly XmlElement[]) => elements.map(plainOf)
    const document = {
      UserDetailList: plain(users),
      GroupDetailList: plain(groups),
      RoleDetailList: plain(roles),
      Policies: plain(policies),
    }
    readDocument(document, this.#builder, { source: 'GetAccountAuthorizationDetails' })
  }

  async settings(): Promise<void> {
    await this.#attempt('the credential report', async () => {
      for (let tries = 0; tries < mostTries; tries++) {
        if ((await callQuery(this.#client, iam, 'GenerateCredentialReport'))['State'] === 'COMPLETE') break
        await setTimeout(1_000)
      }
      this.#read(plainOf(await callQuery(this.#client, iam, 'GetCredentialReport')), 'GetCredentialReport')
    })
    await this.#attempt('the password policy', () => this.#passwordPolicy())
    const target = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails'
    const trails = await this.#attempt('DescribeTrails', () => callJson(this.#client, { name: 'cloudtrail', target }, {}))
    if (trails) this.#read(trails, 'DescribeTrails')
    for (const page of await this.#pages('nextToken', token => {
      const query = token === undefined ? '' : `nextToken=${encodeURIComponent(token)}`
      return this.#attempt('ListAnalyzers', () => callRestJson(this.#client, 'access-analyzer', 'GET', '/analyzer', { query }))
    }))
      this.#read(page, 'ListAnalyzers')
  }

  async #passwordPolicy(): Promise<void> {
    const policy = await iamOf(this.#client).find('GetAccountPasswordPolicy', {})
    if (policy) this.#read(plainOf(policy), 'GetAccountPasswordPolicy')
    else this.#builder.account = { ...this.#builder.account, passwordPolicy: 'none' }
  }

  async organization(): Promise<void> {
    const described = await this.#organizations('DescribeOrganization')
    if (!described) return
    this.#read(described, 'DescribeOrganization')
    for (const name of ['ListRoots', 'ListAccounts']) for (const page of await this.#organizationPages(name)) this.#read(page, name)
    for (const Filter of ['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY']) {
      for (const page of await this.#organizationPages('ListPolicies', { Filter })) {
        for (const { Id } of (page['Policies'] ?? []) as readonly { readonly Id: string }[]) {
          const policy = await this.#organizations('DescribePolicy', { PolicyId: Id })
          if (policy) this.#read(policy, `DescribePolicy ${Id}`)
          for (const targets of await this.#organizationPages('ListTargetsForPolicy', { PolicyId: Id }))
            this.#read(targets, 'ListTargetsForPolicy', Id)
        }
      }
    }
    await this.#parents()
  }

  /** The chain of each account up to the root. */
  async #parents(): Promise<void> {
    const { accounts, parents } = this.#builder.organization
    for (const account of accounts) {
      for (let child = account; !child.startsWith('r-') && !parents.has(child); child = parents.get(child) as string) {
        const answer = await this.#organizations('ListParents', { ChildId: child })
        if (answer) this.#read(answer, 'ListParents', child)
        if (!parents.has(child)) break
      }
    }
  }

  /** Nodes' metadata options and profiles. */
  async instances(): Promise<void> {
    const pages = this.#pages('NextToken', token => this.#attempt('DescribeInstances of EC2', () => describeInstances(this.#client, token)))
    for (const page of await pages) this.#read(page, 'DescribeInstances')
  }

  async clusters(): Promise<void> {
    for (const page of await this.#eksPages('/clusters')) {
      this.#read(page, 'ListClusters')
      for (const name of (page['clusters'] ?? []) as readonly string[]) await this.#cluster(name)
    }
  }

  async #cluster(name: string): Promise<void> {
    const path = `/clusters/${encodeURIComponent(name)}`
    await this.#readEks(path)
    for (const page of await this.#eksPages(`${path}/access-entries`)) {
      this.#read(page, 'ListAccessEntries', name)
      for (const arn of (page['accessEntries'] ?? []) as readonly string[]) {
        await this.#readEks(`${path}/access-entries/${encodeURIComponent(arn)}`)
        for (const policies of await this.#eksPages(`${path}/access-entries/${encodeURIComponent(arn)}/access-policies`))
          this.#read(policies, 'ListAssociatedAccessPolicies')
      }
    }
    for (const page of await this.#eksPages(`${path}/pod-identity-associations`)) {
      this.#read(page, 'ListPodIdentityAssociations')
      for (const { associationId } of (page['associations'] ?? []) as readonly { readonly associationId: string }[])
        await this.#readEks(`${path}/pod-identity-associations/${associationId}`)
    }
    for (const page of await this.#eksPages(`${path}/node-groups`))
      for (const group of (page['nodegroups'] ?? []) as readonly string[])
        await this.#readEks(`${path}/node-groups/${encodeURIComponent(group)}`)
    await this.#kubernetes(name)
  }

  async #kubernetes(name: string): Promise<void> {
    const cluster = await this.#attempt(`cluster ${name}`, () => openCluster(this.#client, name), [name])
    if (!cluster) return
    for (const path of kubernetesLists) {
      const answer = await this.#attempt(`${path} of cluster ${name}`, () => cluster.read(path), [name])
      if (answer) this.#read(answer, path, name)
    }
  }

  #read = (document: object, source: string, subject?: string): void => readDocument(document, this.#builder, { source, subject })

  async #readEks(path: string): Promise<void> {
    const answer = await this.#attempt(`GET ${path} of EKS`, () => callRestJson(this.#client, 'eks', 'GET', path))
    if (answer) this.#read(answer, path)
  }

  #eksPages = (path: string): Promise<Answer[]> =>
    this.#pages('nextToken', token => {
      const query = token === undefined ? '' : `nextToken=${encodeURIComponent(token)}`
      return this.#attempt(`GET ${path} of EKS`, () => callRestJson(this.#client, 'eks', 'GET', path, { query }))
    })

  #organizations = (operation: string, input: object = {}): Promise<Answer | undefined> =>
    this.#attempt(`${operation} of Organizations`, () =>
      callJson(this.#client, { name: 'organizations', target: `AWSOrganizationsV20161128.${operation}` }, input),
    )

  #organizationPages = (operation: string, input: object = {}): Promise<Answer[]> =>
    this.#pages('NextToken', NextToken => this.#organizations(operation, { ...input, ...(NextToken !== undefined && { NextToken }) }))

  async #pages(next: string, read: (token: string | undefined) => Promise<Answer | undefined>): Promise<Answer[]> {
    const pages: Answer[] = []
    let token: string | undefined
    do {
      const page = await read(token)
      if (!page) break
      pages.push(page)
      token = typeof page[next] === 'string' ? page[next] : undefined
    } while (token !== undefined)
    return pages
  }

  /** What is refused is missing; who is in no organization misses none. */
  async #attempt<T>(what: string, work: () => Promise<T>, about?: readonly string[]): Promise<T | undefined> {
    try {
      return await work()
    } catch (problem) {
      if (!(problem instanceof CallError) && !(problem instanceof Error && problem.message.includes('wait until it is ACTIVE')))
        throw problem
      const code = problem instanceof CallError ? problem.code : ''
      if (code.includes('AWSOrganizationsNotInUse')) return undefined
      this.#builder.gap(`${what} (${problem.message})`, about)
      return undefined
    }
  }
}

const kubernetesLists = [
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  '/apis/rbac.authorization.k8s.io/v1/roles',
  '/apis/rbac.authorization.k8s.io/v1/rolebindings',
  '/api/v1/namespaces',
  '/api/v1/serviceaccounts',
  '/api/v1/pods',
  '/api/v1/nodes',
  '/apis/networking.k8s.io/v1/networkpolicies',
  '/api/v1/namespaces/kube-system/configmaps',
]

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
