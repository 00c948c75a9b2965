import { thumbprintOfServer } from './irsa-thumbprint.ts'
import { elementOf, membersOf, roleNameOf, textOf } from './irsa-iam.ts'
import {
  annotationsOf,
  audienceAnnotation,
  defaultAudience,
  defaultRoleName,
  type IrsaTarget,
  roleAnnotation,
  trustStatement,
} from './irsa-target.ts'
import type { XmlElement } from './client.ts'

/** A call that changes something: shown before it is made. */
export interface Change {
  /** As the AWS CLI or kubectl would make it. */
  readonly show: string
  run(): Promise<unknown>
}

/** What a command would do, and what it found done already. */
export interface Changes {
  readonly changes: readonly Change[]
  readonly notes: readonly string[]
}

export interface EnableOptions {
  readonly policyArn: readonly string[]
  readonly roleName?: string
  readonly audience?: string
}

/** Marks what these commands made, so that they remove nothing else. */
const madeByKey = 'gatehouse:irsa'
const markOf = ({ cluster, namespace, serviceAccount }: IrsaTarget) => `${cluster}/${namespace}/${serviceAccount}`

/** The calls that give a service account a role: provider, role with trust policy, policies, annotation; a second time there are none. */
export async function enableChanges(
  target: IrsaTarget,
  { policyArn, roleName, audience = defaultAudience }: EnableOptions,
): Promise<Changes> {
  const name = roleName ?? defaultRoleName(target)
  const role = elementOf(await target.iam.find('GetRole', { RoleName: name }), 'Role')
  const arn = textOf(role, 'Arn') || `arn:aws:iam::${target.account}:role/${name}`
  const parts = [
    await providerChanges(target, audience),
    roleChanges(target, name, role, audience),
    await policyChanges(target, name, role, policyArn),
    await annotationChanges(target, arn, audience),
  ]
  return { changes: parts.flatMap(({ changes }) => changes), notes: parts.flatMap(({ notes }) => notes) }
}

/** As `eksctl utils associate-iam-oidc-provider` does it. eksctl documentation, "IAM Roles for Service Accounts". */
async function providerChanges({ iam, issuer, providerArn, client }: IrsaTarget, audience: string): Promise<Changes> {
  const provider = await iam.find('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: providerArn })
  if (!provider) {
    const thumbprint = await thumbprintOfServer(issuer, client.certificateAuthorityPem)
    const parameters = {
      Url: issuer,
      'ClientIDList.member.1': audience,
      'ThumbprintList.member.1': thumbprint,
      'Tags.member.1.Key': madeByKey,
      'Tags.member.1.Value': 'provider',
    }
    return change(
      `aws iam create-open-id-connect-provider --url ${issuer} --client-id-list ${audience} --thumbprint-list ${thumbprint} --tags Key=${madeByKey},Value=provider`,
      () => iam.call('CreateOpenIDConnectProvider', parameters),
    )
  }
  if (membersOf(provider, 'ClientIDList').includes(audience)) return note(`provider ${providerArn} is there, for audience ${audience}`)
  return change(
    `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${providerArn} --client-id ${audience}`,
    () => iam.call('AddClientIDToOpenIDConnectProvider', { OpenIDConnectProviderArn: providerArn, ClientID: audience }),
  )
}

interface TrustDocument {
  readonly Version?: string
  readonly Statement: readonly object[] | object
}

function roleChanges(target: IrsaTarget, name: string, role: XmlElement | undefined, audience: string): Changes {
  const { iam } = target
  const statement = trustStatement(target, audience)
  if (!role) {
    const document = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
    const tag = { 'Tags.member.1.Key': madeByKey, 'Tags.member.1.Value': markOf(target) }
    return change(
      `aws iam create-role --role-name ${name} --tags Key=${madeByKey},Value=${markOf(target)} --assume-role-policy-document '${document}'`,
      () => iam.call('CreateRole', { RoleName: name, AssumeRolePolicyDocument: document, ...tag }),
    )
  }
  const trust = JSON.parse(decodeURIComponent(textOf(role, 'AssumeRolePolicyDocument'))) as TrustDocument
  const statements = [trust.Statement].flat()
  if (statements.some(each => JSON.stringify(each) === JSON.stringify(statement)))
    return note(`role ${name} is there, and trusts the service account`)
  const document = JSON.stringify({ ...trust, Statement: [...statements, statement] })
  return change(`aws iam update-assume-role-policy --role-name ${name} --policy-document '${document}'`, () =>
    iam.call('UpdateAssumeRolePolicy', { RoleName: name, PolicyDocument: document }),
  )
}

async function policyChanges({ iam }: IrsaTarget, name: string, role: XmlElement | undefined, wanted: readonly string[]): Promise<Changes> {
  const attached = role ? await attachedPolicies(iam, name) : []
  return {
    changes: wanted
      .filter(arn => !attached.includes(arn))
      .map(arn => ({
        show: `aws iam attach-role-policy --role-name ${name} --policy-arn ${arn}`,
        run: () => iam.call('AttachRolePolicy', { RoleName: name, PolicyArn: arn }),
      })),
    notes: wanted.filter(arn => attached.includes(arn)).map(arn => `policy ${arn} is attached`),
  }
}

async function attachedPolicies(iam: IrsaTarget['iam'], name: string): Promise<string[]> {
  const found: string[] = []
  let marker = ''
  do {
    const page = await iam.call('ListAttachedRolePolicies', { RoleName: name, ...(marker && { Marker: marker }) })
    found.push(...membersOf(page, 'AttachedPolicies').map(each => textOf(each as XmlElement, 'PolicyArn')))
    marker = textOf(page, 'Marker')
  } while (marker !== '')
  return found
}

async function annotationChanges({ kubernetes, namespace, serviceAccount }: IrsaTarget, arn: string, audience: string): Promise<Changes> {
  const found = await kubernetes.serviceAccount(namespace, serviceAccount)
  const wanted = { [roleAnnotation]: arn, ...(audience !== defaultAudience && { [audienceAnnotation]: audience }) }
  const shown = Object.entries(wanted)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')
  if (!found)
    return change(
      `kubectl create serviceaccount ${serviceAccount} -n ${namespace} && kubectl annotate serviceaccount ${serviceAccount} -n ${namespace} ${shown}`,
      () => kubernetes.createServiceAccount(namespace, serviceAccount, wanted),
    )
  if (Object.entries(wanted).every(([key, value]) => annotationsOf(found)[key] === value))
    return note(`service account ${namespace}/${serviceAccount} is annotated`)
  return change(`kubectl annotate --overwrite serviceaccount ${serviceAccount} -n ${namespace} ${shown}`, () =>
    kubernetes.annotateServiceAccount(namespace, serviceAccount, wanted),
  )
}

/** The calls that take the role away again: annotation, and what `enable` made and nobody else uses. */
export async function disableChanges(target: IrsaTarget): Promise<Changes> {
  const { kubernetes, iam, namespace, serviceAccount } = target
  const found = await kubernetes.serviceAccount(namespace, serviceAccount)
  const arn = annotationsOf(found)[roleAnnotation]
  const changes: Change[] = []
  const notes: string[] = []
  if (arn === undefined) notes.push(`service account ${namespace}/${serviceAccount} has no role`)
  else
    changes.push({
      show: `kubectl annotate serviceaccount ${serviceAccount} -n ${namespace} ${roleAnnotation}- ${audienceAnnotation}-`,
      run: () => kubernetes.annotateServiceAccount(namespace, serviceAccount, { [roleAnnotation]: null, [audienceAnnotation]: null }),
    })
  const name = roleNameOf(arn ?? '')?.name ?? defaultRoleName(target)
  const role = elementOf(await iam.find('GetRole', { RoleName: name }), 'Role')
  if (role && tagOf(role, madeByKey) === markOf(target)) {
    for (const policyArn of await attachedPolicies(iam, name))
      changes.push({
        show: `aws iam detach-role-policy --role-name ${name} --policy-arn ${policyArn}`,
        run: () => iam.call('DetachRolePolicy', { RoleName: name, PolicyArn: policyArn }),
      })
    changes.push({ show: `aws iam delete-role --role-name ${name}`, run: () => iam.call('DeleteRole', { RoleName: name }) })
  } else if (role) notes.push(`role ${name} was not made by "gatehouse irsa enable" for this service account: it stays`)
  const provider = await providerRemoval(target, name)
  return { changes: [...changes, ...provider.changes], notes: [...notes, ...provider.notes] }
}

/** The provider goes with the last role that trusts it. */
async function providerRemoval({ iam, providerArn }: IrsaTarget, removedRole: string): Promise<Changes> {
  const provider = await iam.find('GetOpenIDConnectProvider', { OpenIDConnectProviderArn: providerArn })
  if (!provider) return { changes: [], notes: [] }
  if (tagOf(provider, madeByKey) !== 'provider') return note(`provider ${providerArn} was not made by "gatehouse irsa enable": it stays`)
  const users = (await allRoles(iam)).filter(
    role =>
      textOf(role, 'RoleName') !== removedRole && decodeURIComponent(textOf(role, 'AssumeRolePolicyDocument')).includes(`"${providerArn}"`),
  )
  if (users.length > 0) return note(`provider ${providerArn} stays: ${users.map(role => textOf(role, 'RoleName')).join(', ')} trust it`)
  return change(`aws iam delete-open-id-connect-provider --open-id-connect-provider-arn ${providerArn}`, () =>
    iam.call('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: providerArn }),
  )
}

async function allRoles(iam: IrsaTarget['iam']): Promise<XmlElement[]> {
  const found: XmlElement[] = []
  let marker = ''
  do {
    const page = await iam.call('ListRoles', marker ? { Marker: marker } : {})
    found.push(...(membersOf(page, 'Roles') as readonly XmlElement[]))
    marker = textOf(page, 'Marker')
  } while (marker !== '')
  return found
}

const tagOf = (element: XmlElement, key: string): string | undefined => {
  const tag = (membersOf(element, 'Tags') as readonly XmlElement[]).find(each => textOf(each, 'Key') === key)
  return tag && textOf(tag, 'Value')
}

const change = (show: string, run: () => Promise<unknown>): Changes => ({ changes: [{ show, run }], notes: [] })
const note = (text: string): Changes => ({ changes: [], notes: [text] })
