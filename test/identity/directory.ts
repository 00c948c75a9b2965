import { newAccessKeyId } from '../../src/identity/identifiers.ts'
import { recordChange, type Transaction } from '../../src/store/index.ts'
import { openTestStore, random, type TestStore } from '../store/test-store.ts'

export const account = '111122223333'
export const now = Date.UTC(2026, 10, 24, 12)
const defaults = { account, path: '/', createdAt: now }

/** A store with the entities that a test needs, written as the IAM operations write them: each change is in the feed. */
export class TestDirectory {
  readonly opened: TestStore
  /** Reads since it was last set to zero. */
  reads = 0

  static async open(): Promise<TestDirectory> {
    return new TestDirectory(await openTestStore())
  }

  private constructor(opened: TestStore) {
    this.opened = opened
  }

  /** The store, counting reads. */
  get store() {
    const { store } = this.opened
    return {
      ...store,
      read: <T>(work: (tx: Transaction) => Promise<T>) => {
        this.reads++
        return store.read(work)
      },
    }
  }

  end = () => this.opened.end()

  /** Runs a change and puts it in the feed. */
  change(kind: string, id: string, work: (tx: Transaction) => Promise<unknown>): Promise<void> {
    return this.opened.store.write(async tx => {
      await work(tx)
      await recordChange(tx, { account, kind, id, at: now })
    })
  }

  async user(name: string, { path = '/', boundaryArn = null as string | null } = {}): Promise<string> {
    const id = `AIDA${name.toUpperCase()}`
    const row = { ...defaults, id, name, nameKey: name.toLowerCase(), path, boundaryArn, passwordLastUsedAt: null }
    await this.change('user', id, tx => tx.insertInto('users').values(row).execute())
    return id
  }

  async role(name: string, { path = '/', boundaryArn = null as string | null } = {}): Promise<string> {
    const id = `AROA${name.toUpperCase()}`
    const role = { description: null, trustPolicy: '{}', maxSessionSeconds: 3600, lastUsedAt: null, lastUsedRegion: null }
    const row = { ...defaults, ...role, id, name, nameKey: name.toLowerCase(), path, boundaryArn }
    await this.change('role', id, tx => tx.insertInto('roles').values(row).execute())
    return id
  }

  async group(name: string, members: readonly string[] = []): Promise<string> {
    const id = `AGPA${name.toUpperCase()}`
    await this.change('group', id, tx =>
      tx
        .insertInto('groups')
        .values({ ...defaults, id, name, nameKey: name.toLowerCase() })
        .execute(),
    )
    for (const userId of members) await this.join(id, userId)
    return id
  }

  join = (groupId: string, userId: string) =>
    this.change('user', userId, tx => tx.insertInto('groupMembers').values({ groupId, userId }).execute())

  async key(userId: string | null, secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'): Promise<string> {
    const id = newAccessKeyId('permanent', account, random)
    const row = {
      id,
      account,
      userId,
      secret: this.opened.secrets.encrypt(secret, id),
      status: 'Active' as const,
      createdAt: now,
      lastUsedAt: null,
      lastUsedService: null,
      lastUsedRegion: null,
    }
    await this.change('accessKey', id, tx => tx.insertInto('accessKeys').values(row).execute())
    return id
  }

  /** A customer managed policy. @returns its ARN */
  async policy(name: string, document: string): Promise<string> {
    const arn = `arn:aws:iam::${account}:policy/${name}`
    const id = `ANPA${name.toUpperCase()}`
    const row = {
      ...defaults,
      id,
      arn,
      name,
      nameKey: name.toLowerCase(),
      description: null,
      defaultVersion: 1,
      nextVersion: 2,
      updatedAt: now,
    }
    await this.change('policy', arn, async tx => {
      await tx.insertInto('policies').values(row).execute()
      await tx.insertInto('policyVersions').values({ policyId: id, version: 1, document, createdAt: now }).execute()
    })
    return arn
  }

  /** Makes a new version of a policy the default. */
  revise = (name: string, document: string) =>
    this.change('policy', `arn:aws:iam::${account}:policy/${name}`, async tx => {
      const policyId = `ANPA${name.toUpperCase()}`
      await tx.insertInto('policyVersions').values({ policyId, version: 2, document, createdAt: now }).execute()
      await tx.updateTable('policies').set({ defaultVersion: 2 }).where('id', '=', policyId).execute()
    })

  inline = (ownerId: string, name: string, document: string) =>
    this.change(kindOf(ownerId), ownerId, tx =>
      tx
        .insertInto('inlinePolicies')
        .values({ ownerKind: kindOf(ownerId), ownerId, name, document })
        .onConflict(conflict => conflict.columns(['ownerKind', 'ownerId', 'name']).doUpdateSet({ document }))
        .execute(),
    )

  attach = (ownerId: string, policyArn: string) =>
    this.change(kindOf(ownerId), ownerId, tx =>
      tx
        .insertInto('policyAttachments')
        .values({ account, ownerKind: kindOf(ownerId), ownerId, policyArn, attachedAt: now })
        .execute(),
    )

  detach = (ownerId: string, policyArn: string) =>
    this.change(kindOf(ownerId), ownerId, tx =>
      tx.deleteFrom('policyAttachments').where('ownerId', '=', ownerId).where('policyArn', '=', policyArn).execute(),
    )

  tag = (ownerId: string, key: string, value: string) =>
    this.change(kindOf(ownerId), ownerId, tx =>
      tx
        .insertInto('tags')
        .values({ ownerKind: kindOf(ownerId), ownerId, key, keyKey: key.toLowerCase(), value })
        .execute(),
    )
}

const kindOf = (id: string) => (id.startsWith('AIDA') ? 'user' : id.startsWith('AROA') ? 'role' : 'group')

/** A policy document of one statement. */
export const allow = (action: string, rest: object = {}) => statement('Allow', action, rest)
export const deny = (action: string, rest: object = {}) => statement('Deny', action, rest)
const statement = (effect: string, action: string, rest: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: effect, Action: action, Resource: '*', ...rest }] })
