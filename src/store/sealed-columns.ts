import type { Database } from './database.ts'

/** What an envelope belongs to: the row that it is in. Each is authenticated with the content, so that an envelope moved to another row does not open. */
export const sealContexts = {
  attachedCluster: (clusterId: string) => `attachedClusters ${clusterId}`,
  certificateAuthority: 'certificate authority',
  digestKey: (fingerprint: string) => `digest key ${fingerprint}`,
  etcdKey: (clusterId: string) => `etcdKeys/${clusterId}`,
  kubernetesEvent: (clusterId: string, revision: number) => `kubernetesEvents/${clusterId}/${revision}`,
  kubernetesObject: (clusterId: string, resource: string, namespace: string, name: string) =>
    `kubernetesObjects/${clusterId}/${resource}/${namespace}/${name}`,
  issuerKey: (clusterId: string, keyId: string) => `issuerKeys/${clusterId}/${keyId}`,
  outboundTokenKey: (account: string, algorithm: string) => `outboundTokenKeys/${account}/${algorithm}`,
  stackResource: (stackId: string, logicalId: string) => `${stackId}/${logicalId}`,
  userData: (instanceId: string) => `user data ${instanceId}`,
  webhookToken: (clusterId: string) => `webhook ${clusterId}`,
} as const

type Row = Readonly<Record<string, string>>
/** Seals what was sealed under another data key anew; an envelope of the one that seals comes back as it is. */
export type Reseal = (envelope: string, context: string) => string

/** A column with envelopes. */
export interface SealedColumn {
  readonly table: keyof Database
  /** The primary key. */
  readonly key: readonly string[]
  readonly column: string
  /** @returns the column's value with its envelopes sealed anew */
  readonly resealed: (value: string, row: Row, reseal: Reseal) => string
}

const whole =
  (contextOf: (row: Row) => string): SealedColumn['resealed'] =>
  (value, row, reseal) =>
    reseal(value, contextOf(row))

/** An envelope in a JSON string, among what is not sealed. */
const inJson =
  (contextOf: (row: Row) => string): SealedColumn['resealed'] =>
  (value, row, reseal) =>
    value.startsWith('"') ? JSON.stringify(reseal(JSON.parse(value) as string, contextOf(row))) : value

/** A setting by its name, or by how its name begins. */
const settings: readonly (readonly [begins: string, resealed: SealedColumn['resealed']])[] = [
  ['administratorKey', whole(({ name = '' }) => name)],
  [
    'certificateAuthorities',
    (value, _, reseal) =>
      JSON.stringify(
        (JSON.parse(value) as { readonly key: string }[]).map(authority => ({
          ...authority,
          key: reseal(authority.key, sealContexts.certificateAuthority),
        })),
      ),
  ],
  [
    'serverCertificate ',
    (value, { name = '' }, reseal) => {
      const certificate = JSON.parse(value) as { readonly keyPem: string }
      return JSON.stringify({ ...certificate, keyPem: reseal(certificate.keyPem, name) })
    },
  ],
]

/**
 * Every column of the store that holds envelopes: with another data key each is sealed anew. What travels outside the store (session tokens, encoded authorization messages, sign-in and
 * trade-in tokens) ends by itself.
 */
export const sealedColumns: readonly SealedColumn[] = [
  { table: 'accessKeys', key: ['id'], column: 'secret', resealed: whole(({ id = '' }) => id) },
  {
    table: 'attachedClusters',
    key: ['clusterId'],
    column: 'credentials',
    resealed: whole(({ clusterId = '' }) => sealContexts.attachedCluster(clusterId)),
  },
  { table: 'changeSets', key: ['id'], column: 'content', resealed: whole(({ id = '' }) => id) },
  { table: 'clusters', key: ['id'], column: 'webhookToken', resealed: whole(({ id = '' }) => sealContexts.webhookToken(id)) },
  {
    table: 'digestKeys',
    key: ['fingerprint'],
    column: 'privateKey',
    resealed: whole(({ fingerprint = '' }) => sealContexts.digestKey(fingerprint)),
  },
  {
    table: 'etcdKeys',
    key: ['clusterId'],
    column: 'key',
    resealed: whole(({ clusterId = '' }) => sealContexts.etcdKey(clusterId)),
  },
  { table: 'instances', key: ['id'], column: 'userData', resealed: whole(({ id = '' }) => sealContexts.userData(id)) },
  {
    table: 'issuerKeys',
    key: ['clusterId', 'keyId'],
    column: 'privateKey',
    resealed: whole(({ clusterId = '', keyId = '' }) => sealContexts.issuerKey(clusterId, keyId)),
  },
  {
    table: 'kubernetesEvents',
    key: ['clusterId', 'revision'],
    column: 'json',
    resealed: inJson(({ clusterId = '', revision = '' }) => sealContexts.kubernetesEvent(clusterId, Number(revision))),
  },
  {
    table: 'kubernetesObjects',
    key: ['clusterId', 'resource', 'namespace', 'name'],
    column: 'json',
    resealed: inJson(({ clusterId = '', resource = '', namespace = '', name = '' }) =>
      sealContexts.kubernetesObject(clusterId, resource, namespace, name),
    ),
  },
  { table: 'mfaDevices', key: ['serial'], column: 'seed', resealed: whole(({ serial = '' }) => serial) },
  {
    table: 'outboundTokenKeys',
    key: ['account', 'algorithm'],
    column: 'privateKey',
    resealed: whole(({ account = '', algorithm = '' }) => sealContexts.outboundTokenKey(account, algorithm)),
  },
  {
    table: 'samlProviders',
    key: ['arn'],
    column: 'privateKeys',
    resealed: (value, { arn = '' }, reseal) =>
      JSON.stringify((JSON.parse(value) as { readonly envelope: string }[]).map(key => ({ ...key, envelope: reseal(key.envelope, arn) }))),
  },
  { table: 'serverCertificates', key: ['id'], column: 'privateKey', resealed: whole(({ id = '' }) => id) },
  {
    table: 'settings',
    key: ['name'],
    column: 'value',
    resealed(value, row, reseal) {
      const setting = settings.find(([begins]) => row['name']?.startsWith(begins))
      return setting ? setting[1](value, row, reseal) : value
    },
  },
  {
    table: 'stackResources',
    key: ['stackId', 'logicalId'],
    column: 'content',
    resealed: whole(({ stackId = '', logicalId = '' }) => sealContexts.stackResource(stackId, logicalId)),
  },
  ...(['content', 'previous', 'outputs'] as const).map(
    (column): SealedColumn => ({ table: 'stacks', key: ['id'], column, resealed: whole(({ id = '' }) => id) }),
  ),
]
