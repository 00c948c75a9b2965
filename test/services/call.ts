import { appendRecords, type NewRecord } from '../../src/audit/records.ts'
import { openServicesStore } from '../store/services-store.ts'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RunningQueries } from '../../src/audit/lake/running-queries.ts'
import { type Authorizer, createAuthorizer } from '../../src/identity/authorizer.ts'
import { rootArn, userArn } from '../../src/identity/arns.ts'
import { newAccessKeyId } from '../../src/identity/identifiers.ts'
import { type Principal, policyPrincipalOf, type Session } from '../../src/identity/principal.ts'
import { globalKeysOf } from '../../src/identity/request-context.ts'
import { createSessions } from '../../src/identity/sessions.ts'
import { denialMessage } from '../../src/policy/index.ts'
import { checkSessionLimit } from '../../src/server/call/session-limit.ts'
import { validationError } from '../../src/server/call/validation-errors.ts'
import type { AccessStatement, HandleContext, Operation } from '../../src/services/operation.ts'
import type { RequestFacts } from '../../src/services/request-facts.ts'
import { StackRuns } from '../../src/services/cloudformation/stack-runs.ts'
import type { InsideCall, Notification, World } from '../../src/services/world.ts'
import { lastSeq, openObjectFiles, openSecrets, type Transaction } from '../../src/store/index.ts'
import type { Random } from '../../src/types/random.ts'
import { ServiceError } from '../../src/wire/errors.ts'
import { validationProblem } from '../../src/wire/validation.ts'
import { templates } from './iam/templates.ts'
import { strayFromReference } from './reference.ts'

/** The account that the harness makes. */
export const account = '123456789012'
/** When the harness's clock starts. */
export const startOfTime = Date.UTC(2026, 0, 15, 12, 0, 0)

/** An in-process Gatehouse without network: a store, a clock, and calls by operation name. */
export interface House {
  readonly world: World
  /** Epoch milliseconds; tests move it. */
  now: number
  readonly root: Principal
  /**
   * Calls an operation as the pipeline does: constraints, preparation, access, handling; the root user calls unless another principal is given.
   * @throws ServiceError with the code and message that a client would get
   */
  call<Output = Answer>(name: string, input?: object, options?: CallOptions): Promise<Output>
  /** As `call`, giving the error instead of throwing it. */
  refusal(name: string, input?: object, options?: CallOptions): Promise<{ code: string; message: string }>
  /** A principal for a user that exists. */
  user(name: string, session?: Session): Promise<Principal>
  /** Makes another account, whose root user is returned. */
  addAccount(id: string): Promise<Principal>
  /** Ids that the change feed told since the start. */
  readonly changes: readonly { kind: string; id: string }[]
  /** Messages to product providers since the start. */
  readonly notifications: readonly Notification[]
  close(): Promise<void>
}

/** An answer whose members a test reads without more ado. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests compare with what they expect
export type Answer = any

export interface CallOptions {
  readonly as?: Principal
  readonly request?: Partial<RequestFacts>
}

/** A repeatable source of randomness. */
export function seededRandom(seed = 1): Random {
  let state = seed >>> 0
  const next = () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) & 0xff
  }
  const bytes = (size: number) => Uint8Array.from({ length: size }, next)
  return {
    bytes,
    uuid: () =>
      Buffer.from(bytes(16))
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  }
}

/** Issuers answer with one certificate, but the one that is named for being out of reach. */
async function thumbprintOf(url: string): Promise<string> {
  if (url.startsWith('https://unreachable.')) throw new Error(`${url} is out of reach`)
  return '9e99a48a9960b14926bb7f3b02e22da2b0ab7280'
}

/** Files that are in memory where the system has a place for them: what a disk keeps is the store's own tests' to prove. */
const memory = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/**
 * Opens a house on a store of its own.
 * @param operations  those that can be called
 * @param parts       parts of the world that differ from the harness's
 */
export async function openHouse(operations: readonly Operation[], parts: Partial<World> = {}): Promise<House> {
  const folder = mkdtempSync(join(memory, 'gatehouse-test-'))
  const store = await openServicesStore(join(folder, 'gatehouse.db'))
  const secrets = await openSecrets(store, Buffer.alloc(32, 7))
  const random = seededRandom()
  const byName = new Map(operations.map(operation => [operation.name, operation]))
  const authorizer = createAuthorizer(store)
  const changes: { kind: string; id: string }[] = []
  const notifications: Notification[] = []
  store.onChange(told => changes.push(...told.map(({ kind, id }) => ({ kind, id }))))
  const world = {
    store,
    secrets,
    random,
    sessions: createSessions(secrets),
    lastUses: { flush: async () => {} },
    queries: new RunningQueries(),
    stackRuns: new StackRuns(),
    now: () => house.now,
    objectFiles: await openObjectFiles(join(folder, 'objects')),
    authorizer,
    calls: {
      onBehalfOf: (by: Principal, service: string, { operation, input }: InsideCall) =>
        house.call(operation, input, { as: { ...by, calledVia: [service] } as Principal }),
    },
    notifications: { publish: async notification => void notifications.push(notification) },
    issuerProbe: { thumbprintOf },
    endpoints: { https: 'https://localhost:4443', http: 'http://localhost:4080', certificateAuthorityPem: '' },
    settings: { region: 'us-east-1', account, templates },
    ...parts,
  } as World

  const addAccount = async (id: string): Promise<Principal> => {
    await store.write(tx =>
      tx
        .insertInto('accounts')
        .values({ id, alias: null, rootEmail: `root@${id}.example`, createdAt: startOfTime })
        .execute(),
    )
    return { type: 'root', account: id, arn: rootArn(id), principalId: id, accessKeyId: newAccessKeyId('permanent', id, random) }
  }
  const root = await addAccount(account)

  const house: House = {
    world,
    now: startOfTime,
    root,
    changes,
    notifications,
    addAccount,
    async call(name, input = {}, { as = root, request } = {}) {
      const operation = byName.get(name)
      if (!operation) throw new Error(`no operation ${name}`)
      const facts = { sourceIp: '203.0.113.7', userAgent: 'test', secure: true, host: 'localhost:4443', ...request }
      // oxlint-disable-next-line typescript/no-explicit-any -- see Answer
      return (await run(house, authorizer, operation, input, as, facts)) as any
    },
    async refusal(name, input, options) {
      try {
        await house.call(name, input, options)
      } catch (problem) {
        if (problem instanceof ServiceError) return { code: problem.code, message: problem.message }
        throw problem
      }
      throw new Error(`${name} was not refused`)
    },
    user: (name, session) => store.read(tx => userPrincipal(tx, name, random, session)),
    async close() {
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  return house
}

async function userPrincipal(tx: Transaction, name: string, random: Random, session?: Session): Promise<Principal> {
  const row = await tx.selectFrom('users').selectAll().where('nameKey', '=', name.toLowerCase()).executeTakeFirstOrThrow()
  return {
    type: 'user',
    account: row.account,
    arn: userArn(row.account, row.path, row.name),
    principalId: row.id,
    accessKeyId: newAccessKeyId('permanent', row.account, random),
    userId: row.id,
    userName: row.name,
    ...(session && { session }),
  }
}

async function run(house: House, authorizer: Authorizer, operation: Operation, input: object, principal: Principal, request: RequestFacts) {
  const { world, now } = house
  const { service, definition } = operation
  const problem = validationProblem(service.model, service.model.operations[operation.name]?.input, input, service.patternWords)
  if (problem !== undefined) throw validationError(service, problem)

  checkSessionLimit(principal, operation)

  const context = {
    account: 'account' in principal ? principal.account : account,
    region: world.settings.region,
    principal,
    now,
    requestId: world.random.uuid(),
    request,
    world,
  }
  const prepared = definition.prepare
    ? await world.store.read(tx => definition.prepare?.(input, { ...context, tx }) as Promise<unknown>)
    : undefined
  const asked = await world.store.read(async tx => definition.access(input, { ...context, tx }, prepared))
  for (const statement of Array.isArray(asked) ? (asked as AccessStatement[]) : [asked as AccessStatement]) {
    await decide(authorizer, operation, statement, principal, request, context.region, now)
  }
  const reached = (await definition.reach?.(input, context, prepared)) ?? prepared
  const afterwards: (() => void | Promise<void>)[] = []
  const recorded: ((seq: number) => Promise<void>)[] = []
  const beside: NewRecord[] = []
  const handle = (tx: Transaction) => {
    const handleContext: HandleContext = {
      ...context,
      tx,
      afterCommit: work => void afterwards.push(work),
      alsoRecord: record => void beside.push(record),
      onRecord: work => void recorded.push(work),
    }
    return definition.handle(input, handleContext, reached)
  }
  const output = await (operation.transaction === 'read'
    ? world.store.read(handle)
    : world.store.write(async tx => {
        const result = await handle(tx)
        // Calls leave no records here: a test that wants one writes the next.
        for (const work of recorded) await work((await lastSeq(tx, 'records')) + 1)
        return result
      }))
  if (beside.length > 0) await appendRecords(world.store, beside)
  for (const work of afterwards) await work()
  // Of what AWS's model says of answers, AWS itself keeps only which members are there.
  const flaws = validationProblem(service.model, service.model.operations[operation.name]?.output, output)?.match(/Value null at '[^']*'/g)
  if (flaws) throw new Error(`${operation.name} answers against its model: ${flaws.join(', ')}`)
  return output
}

async function decide(
  authorizer: Authorizer,
  operation: Operation,
  statement: AccessStatement,
  principal: Principal,
  request: RequestFacts,
  region: string,
  now: number,
): Promise<void> {
  const context = { ...globalKeysOf(principal, { ...request, region, now }), ...statement.keys }
  const question = { ...statement, action: statement.action ?? operation.action, context }
  const stray = strayFromReference(question.action, statement)
  if (stray.length > 0) throw new Error(`not in the Service Authorization Reference: ${stray.join(', ')}`)
  const decision = await authorizer.authorize(principal, question)
  if (decision.effect === 'allowed') return
  const asked = {
    ...question,
    principal: question.principal ?? policyPrincipalOf(principal),
    resource: statement.resourceName ?? question.resource,
  }
  const { code, status } = operation.service.accessDenied
  throw new ServiceError(code, status, denialMessage(asked, decision))
}
