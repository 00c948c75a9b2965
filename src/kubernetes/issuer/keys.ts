import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { recordChange, sealContexts, type Secrets, type Store, type Transaction } from '../../store/index.ts'
import { cacheSeconds, type IssuerKey, keyIdOf } from './discovery.ts'
import type { SigningKey } from './service-account-token.ts'

/** The longest life of a token that we mint, and of those that EKS lets a kube-apiserver mint. */
export const longestTokenSeconds = 86_400

/** What a real kube-apiserver needs to mint tokens of the issuer. */
interface ApiserverKeys {
  /** For `--service-account-signing-key-file`: PKCS #8 PEM. */
  readonly signingKey: string
  /** For `--service-account-key-file`: PEM of all keys that verify, one after the other. */
  readonly publicKeys: string
  /** When another key begins to sign, if it is known: epoch milliseconds. */
  readonly changesAt?: number
}

/** The keys of clusters' issuers, private halves encrypted in the store. Times are epoch milliseconds. */
export interface IssuerKeys {
  /** Makes a cluster's first key; does nothing when it has one. */
  create(clusterId: string, now: number): Promise<void>
  /**
   * Makes a new key. It is published at once and signs when verifiers have had time to see it; the old public key stays until the
   * longest token that it signed has expired.
   * @param options.immediately  for a key that leaked: the new one signs at once, and the old one is withdrawn
   * @returns                    the new key's id
   */
  rotate(clusterId: string, now: number, options?: { readonly immediately?: boolean }): Promise<string>
  /** @throws Error when the cluster has no keys */
  signingKey(clusterId: string, now: number): Promise<SigningKey>
  /** The keys that verify tokens, oldest first; of an attached cluster those that it told. */
  publishedKeys(clusterId: string, now: number): Promise<readonly IssuerKey[]>
  forApiserver(clusterId: string, now: number): Promise<ApiserverKeys>
  /** Takes over a cluster's own key, of an existing issuer. @param privateKey  PEM, RSA */
  adopt(clusterId: string, keys: { readonly publicKey: string; readonly privateKey: string }, now: number): Promise<string>
}

const newKeyPair = promisify(generateKeyPair)

export function openIssuerKeys(store: Store, secrets: Pick<Secrets, 'encrypt' | 'decrypt'>): IssuerKeys {
  const row = (clusterId: string, { publicKey, privateKey }: { publicKey: string; privateKey: string }, now: number) => {
    const keyId = keyIdOf(publicKey)
    const encrypted = secrets.encrypt(privateKey, sealContexts.issuerKey(clusterId, keyId))
    return { clusterId, keyId, privateKey: encrypted, publicKey, createdAt: now, retiredAt: null, publishedUntil: null }
  }

  const signer = async (clusterId: string, now: number) => {
    const keys = await store.read(tx => keysOf(tx, clusterId))
    // Each key signs until it retires; the next one waits for that.
    const current = keys.find(({ retiredAt }) => retiredAt === null || retiredAt > now)
    if (!current) throw new Error(`cluster ${clusterId} has no issuer key`)
    return {
      keys,
      current,
      privateKey: secrets.decrypt(current.privateKey, sealContexts.issuerKey(clusterId, current.keyId)).toString('utf8'),
    }
  }

  return {
    async create(clusterId, now) {
      if ((await store.read(tx => keysOf(tx, clusterId))).length > 0) return
      const first = row(clusterId, await makeKeyPair(), now)
      await store.write(async tx => {
        if ((await keysOf(tx, clusterId)).length === 0) await insert(tx, first, now)
      })
    },

    async rotate(clusterId, now, { immediately = false } = {}) {
      const next = row(clusterId, await makeKeyPair(), now)
      const retiredAt = immediately ? now : now + cacheSeconds * 1000
      const publishedUntil = immediately ? now : retiredAt + longestTokenSeconds * 1000
      await store.write(async tx => {
        let unretired = tx.updateTable('issuerKeys').set({ retiredAt, publishedUntil }).where('clusterId', '=', clusterId)
        if (!immediately) unretired = unretired.where('retiredAt', 'is', null)
        await unretired.execute()
        await tx.deleteFrom('issuerKeys').where('clusterId', '=', clusterId).where('publishedUntil', '<=', now).execute()
        await insert(tx, next, now)
      })
      return next.keyId
    },

    async adopt(clusterId, keys, now) {
      const adopted = row(clusterId, keys, now)
      await store.write(async tx => {
        const until = now + longestTokenSeconds * 1000
        await tx
          .updateTable('issuerKeys')
          .set({ retiredAt: now, publishedUntil: until })
          .where('clusterId', '=', clusterId)
          .where('retiredAt', 'is', null)
          .execute()
        await insert(tx, adopted, now)
      })
      return adopted.keyId
    },

    async signingKey(clusterId, now) {
      const { current, privateKey } = await signer(clusterId, now)
      return { keyId: current.keyId, privateKey }
    },

    async publishedKeys(clusterId, now) {
      const { keys, attached } = await store.read(async tx => ({
        keys: await keysOf(tx, clusterId),
        attached: await tx.selectFrom('attachedClusters').select('publicKeys').where('clusterId', '=', clusterId).executeTakeFirst(),
      }))
      if (attached) return (JSON.parse(attached.publicKeys) as string[]).map(publicKey => ({ keyId: keyIdOf(publicKey), publicKey }))
      return keys.filter(isPublished(now)).map(({ keyId, publicKey }) => ({ keyId, publicKey }))
    },

    async forApiserver(clusterId, now) {
      const { keys, current, privateKey } = await signer(clusterId, now)
      const publicKeys = keys
        .filter(isPublished(now))
        .map(({ publicKey }) => publicKey)
        .join('')
      return { signingKey: privateKey, publicKeys, ...(current.retiredAt !== null && { changesAt: current.retiredAt }) }
    },
  }
}

const isPublished = (now: number) => (key: { publishedUntil: number | null }) => key.publishedUntil === null || key.publishedUntil > now

const keysOf = (tx: Transaction, clusterId: string) =>
  tx.selectFrom('issuerKeys').selectAll().where('clusterId', '=', clusterId).orderBy('createdAt').orderBy('keyId').execute()

async function insert(tx: Transaction, key: Awaited<ReturnType<typeof keysOf>>[number], now: number): Promise<void> {
  const { account } = await tx.selectFrom('clusters').select('account').where('id', '=', key.clusterId).executeTakeFirstOrThrow()
  await tx.insertInto('issuerKeys').values(key).execute()
  await recordChange(tx, { account, kind: 'issuerKey', id: key.clusterId, at: now })
}

const makeKeyPair = () =>
  newKeyPair('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
