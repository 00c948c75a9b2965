import type { Snapshot } from '../snapshot.ts'
import { SnapshotBuilder } from './builder.ts'
import { CallRefused } from './call-refused.ts'
import { credentialsOfNow } from './credentials-of-now.ts'
import { fieldsOf, textOf } from './fields.ts'
import { makeSnapshot } from './make-snapshot.ts'
import { readDocument } from './read-documents.ts'

type Answer = { readonly [name: string]: unknown }

/** The public APIs of a running Gatehouse, or of AWS, as one caller may use them. */
export interface WorldApi {
  /** Makes a call. @returns its answer as the AWS CLI prints it. @throws CallRefused */
  call(service: WorldService, operation: string, input: { readonly [member: string]: unknown }): Promise<Answer>
  /** Reads a list of a cluster's own API, such as `/api/v1/pods`. @throws CallRefused */
  kubernetes(cluster: string, path: string): Promise<Answer>
  /** Waits for what is made in the background. */
  pause(): Promise<void>
}

export type WorldService = 'iam' | 'organizations' | 'ec2' | 's3' | 'eks' | 'cloudtrail' | 'access-analyzer'

/** A question about a moment that nothing can be told of: nothing that is missing, but no answer at all. */
export class MomentUnknown extends Error {}

/**
 * The world of a running Gatehouse, or of AWS, by its public APIs and with the caller's own rights. What the caller may not read, the snapshot names as missing.
 * @param settings  the account's settings too, which audits ask
 */
export async function readWorld(api: WorldApi, { settings = false }: { readonly settings?: boolean } = {}): Promise<Snapshot> {
  const builder = new SnapshotBuilder()
  const reader = new WorldReader(api, builder)
  await reader.account()
  await reader.organization()
  await reader.instances()
  await reader.buckets()
  await reader.clusters()
  if (settings) await reader.settings()
  // Policies of buckets are read; those of keys, queues and the like belong to services that Gatehouse does not hold, and of AWS they are not asked.
  return { ...makeSnapshot(builder), resourcePoliciesReadOf: ['s3'] }
}

const mostTries = 30
/** Of more users than these an audit tells what the report says, however old: each takes five calls. */
const mostUsersAsked = 200

class WorldReader {
  readonly #api: WorldApi
  readonly #builder: SnapshotBuilder

  constructor(api: WorldApi, builder: SnapshotBuilder) {
    this.#api = api
    this.#builder = builder
  }

  /** Users, groups, roles and customer managed policies. IAM API Reference, "GetAccountAuthorizationDetails". */
  async account(): Promise<void> {
    const name = 'GetAccountAuthorizationDetails'
    const pages = await this.#pages('Marker', Marker =>
      this.#attempt(name, () => this.#api.call('iam', name, { MaxItems: 1000, ...(Marker !== undefined && { Marker }) })),
    )
    if (pages.length === 0) return
    const all = (list: string) => pages.flatMap(page => (page[list] ?? []) as readonly unknown[])
    const lists = ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies']
    this.#read(Object.fromEntries(lists.map(list => [list, all(list)])), name)
  }

  async settings(): Promise<void> {
    await this.#attempt('the credential report', () => this.#credentials())
    await this.#attempt('the password policy', () => this.#passwordPolicy())
    const trails = await this.#attempt('DescribeTrails', () => this.#api.call('cloudtrail', 'DescribeTrails', {}))
    if (trails) this.#read(trails, 'DescribeTrails')
    for (const page of await this.#listed('access-analyzer', 'ListAnalyzers', 'nextToken', {}, 'ListAnalyzers'))
      this.#read(page, 'ListAnalyzers')
  }

  /** The credential report; where it is one of before, with the users of now. */
  async #credentials(): Promise<void> {
    const made = await this.#api.call('iam', 'GenerateCredentialReport', {})
    let { State } = made
    for (let tries = 0; State !== 'COMPLETE' && tries < mostTries; tries++) {
      await this.#api.pause()
      State = (await this.#api.call('iam', 'GenerateCredentialReport', {}))['State']
    }
    const report = await this.#api.call('iam', 'GetCredentialReport', {})
    this.#read(report, 'GetCredentialReport')
    if (made['State'] !== 'COMPLETE') return
    const changes = `what changed since the credential report of ${textOf(report['GeneratedTime'])}`
    const users = [...this.#builder.users.values()]
    if (users.length > mostUsersAsked) this.#builder.gap(changes)
    else await this.#attempt(changes, () => this.#usersOfNow(users))
  }

  async #usersOfNow(users: readonly { readonly name: string }[]): Promise<void> {
    const credentials = (this.#builder.account.credentials ?? []).filter(({ user }) => user.startsWith('<'))
    for (const { name } of users)
      credentials.push(await credentialsOfNow((operation, input) => this.#api.call('iam', operation, input), name))
    this.#builder.account = { ...this.#builder.account, credentials }
  }

  async #passwordPolicy(): Promise<void> {
    try {
      this.#read(await this.#api.call('iam', 'GetAccountPasswordPolicy', {}), 'GetAccountPasswordPolicy')
    } catch (problem) {
      if (!(problem instanceof CallRefused) || !problem.code.startsWith('NoSuchEntity')) throw problem
      this.#builder.account = { ...this.#builder.account, passwordPolicy: 'none' }
    }
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
    for (const page of await this.#listed('ec2', 'DescribeInstances', 'NextToken', { MaxResults: 1000 }, 'DescribeInstances of EC2'))
      this.#read(page, 'DescribeInstances')
  }

  /** Policies of buckets, which let in others and keep out their own. Amazon S3 API Reference, "ListBuckets", "GetBucketPolicy". */
  async buckets(): Promise<void> {
    const listed = await this.#attempt('ListBuckets of S3', () => this.#api.call('s3', 'ListBuckets', {}))
    for (const { Name } of (listed?.['Buckets'] ?? []) as readonly { readonly Name: string }[]) {
      const arn = `arn:aws:s3:::${Name}`
      const policy = await this.#attempt(`the policy of bucket ${Name}`, () => this.#api.call('s3', 'GetBucketPolicy', { Bucket: Name }), [
        arn,
      ])
      if (policy) this.#read(policy, `GetBucketPolicy ${Name}`, arn)
    }
  }

  async clusters(): Promise<void> {
    for (const page of await this.#eksPages('ListClusters', {})) {
      this.#read(page, 'ListClusters')
      for (const name of (page['clusters'] ?? []) as readonly string[]) await this.#cluster(name)
    }
  }

  async #cluster(name: string): Promise<void> {
    const described = await this.#readEks('DescribeCluster', { name })
    for (const page of await this.#eksPages('ListAccessEntries', { clusterName: name })) {
      this.#read(page, 'ListAccessEntries', name)
      for (const principalArn of (page['accessEntries'] ?? []) as readonly string[]) {
        await this.#readEks('DescribeAccessEntry', { clusterName: name, principalArn })
        for (const policies of await this.#eksPages('ListAssociatedAccessPolicies', { clusterName: name, principalArn }))
          this.#read(policies, 'ListAssociatedAccessPolicies')
      }
    }
    for (const page of await this.#eksPages('ListPodIdentityAssociations', { clusterName: name })) {
      this.#read(page, 'ListPodIdentityAssociations', name)
      for (const { associationId } of (page['associations'] ?? []) as readonly { readonly associationId: string }[])
        await this.#readEks('DescribePodIdentityAssociation', { clusterName: name, associationId })
    }
    for (const page of await this.#eksPages('ListNodegroups', { clusterName: name }))
      for (const nodegroupName of (page['nodegroups'] ?? []) as readonly string[])
        await this.#readEks('DescribeNodegroup', { clusterName: name, nodegroupName })
    const status = textOf(fieldsOf(described?.['cluster'])['status'])
    if (status === 'ACTIVE') await this.#kubernetes(name)
    else if (described) this.#builder.gap(`cluster ${name} (it is ${status}: wait until it is ACTIVE)`, [name])
  }

  async #kubernetes(name: string): Promise<void> {
    for (const path of kubernetesLists) {
      const answer = await this.#attempt(`${path} of cluster ${name}`, () => this.#api.kubernetes(name, path), [name])
      if (answer) this.#read(answer, path, name)
    }
  }

  #read = (document: object, source: string, subject?: string): void => readDocument(document, this.#builder, { source, subject })

  async #readEks(operation: string, input: Answer): Promise<Answer | undefined> {
    const answer = await this.#attempt(`${operation} of EKS ${Object.values(input).join(' ')}`, () =>
      this.#api.call('eks', operation, input),
    )
    if (answer) this.#read(answer, operation)
    return answer
  }

  #eksPages = (operation: string, input: Answer): Promise<Answer[]> =>
    this.#listed('eks', operation, 'nextToken', input, `${operation} of EKS`)

  #organizations = (operation: string, input: Answer = {}): Promise<Answer | undefined> =>
    this.#attempt(`${operation} of Organizations`, () => this.#api.call('organizations', operation, input))

  #organizationPages = (operation: string, input: Answer = {}): Promise<Answer[]> =>
    this.#listed('organizations', operation, 'NextToken', input, `${operation} of Organizations`)

  #listed = (service: WorldService, operation: string, next: string, input: Answer, what: string): Promise<Answer[]> =>
    this.#pages(next, token =>
      this.#attempt(what, () => this.#api.call(service, operation, { ...input, ...(token !== undefined && { [next]: token }) })),
    )

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
      if (!(problem instanceof CallRefused)) throw problem
      if (problem.code.includes('AWSOrganizationsNotInUse') || problem.code === 'NoSuchBucketPolicy') return undefined
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
