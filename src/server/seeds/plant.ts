import { recordChange, type Secrets, type Store } from '../../store/index.ts'
import { type Seed, type SeedAccessKey, type SeedCall, SeedError, type SeedStack } from './seed.ts'

export interface SoilParts {
  readonly store: Store
  readonly secrets: Secrets
  readonly now: () => number
  /** Makes a call as the administrator, through the whole pipeline: decided and on record as any other. */
  call(call: SeedCall): Promise<{ readonly [name: string]: unknown }>
  readonly account: string
}

/**
 * Makes what a seed lists. What was made before something failed stays.
 * @throws SeedError that names the entry, with the service's own words
 */
export async function plant(seed: Seed, parts: SoilParts): Promise<void> {
  for (const stack of seed.stacks) await named(`stack ${stack.name}`, () => makeStack(stack, parts))
  for (const call of seed.calls) await named(`${call.service}:${call.operation}`, () => parts.call(call))
  for (const key of seed.accessKeys) await named(`access key ${key.id}`, () => makeAccessKey(key, parts))
}

async function named(entry: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (problem) {
    throw new SeedError(`${entry}: ${(problem as Error).message}`, { cause: problem })
  }
}

const mostLooks = 1_200
const lookMilliseconds = 50

async function makeStack({ name, template, parameters }: SeedStack, { call }: SoilParts): Promise<void> {
  const stacks = (operation: string, input: SeedCall['input']) => call({ service: 'cloudformation', operation, input })
  await stacks('CreateStack', {
    StackName: name,
    TemplateBody: template,
    Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
    Capabilities: ['CAPABILITY_NAMED_IAM'],
  })
  for (let look = 0; look < mostLooks; look++) {
    const { Stacks } = (await stacks('DescribeStacks', { StackName: name })) as {
      readonly Stacks: readonly { readonly StackStatus: string; readonly StackStatusReason?: string }[]
    }
    const { StackStatus = '', StackStatusReason = '' } = Stacks[0] ?? {}
    if (StackStatus === 'CREATE_COMPLETE') return
    if (!StackStatus.endsWith('_IN_PROGRESS')) throw new Error(`${StackStatus}: ${StackStatusReason || (await firstFailure(name, stacks))}`)
    await new Promise(resolve => setTimeout(resolve, lookMilliseconds))
  }
  throw new Error('not complete after a minute')
}

/** What made a stack roll back: the newest events come first. */
async function firstFailure(StackName: string, stacks: (operation: string, input: SeedCall['input']) => Promise<unknown>): Promise<string> {
  const { StackEvents } = (await stacks('DescribeStackEvents', { StackName })) as {
    readonly StackEvents: readonly {
      readonly LogicalResourceId: string
      readonly ResourceStatus: string
      readonly ResourceStatusReason?: string
    }[]
  }
  const failure = StackEvents.findLast(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')
  return failure ? `${failure.LogicalResourceId}: ${failure.ResourceStatusReason ?? failure.ResourceStatus}` : 'no event tells why'
}

/** IAM, "Access keys": two for each user at most. */
const mostAccessKeys = 2

async function makeAccessKey({ user, id, secret }: SeedAccessKey, { store, secrets, account, now }: SoilParts): Promise<void> {
  await store.write(async tx => {
    const owner = await tx
      .selectFrom('users')
      .select('id')
      .where('account', '=', account)
      .where('nameKey', '=', user.toLowerCase())
      .executeTakeFirst()
    if (!owner) throw new Error(`there is no user ${user}`)
    const others = await tx.selectFrom('accessKeys').select('id').where('userId', '=', owner.id).execute()
    if (others.length >= mostAccessKeys) throw new Error(`${user} has ${mostAccessKeys} access keys`)
    if (await tx.selectFrom('accessKeys').select('id').where('id', '=', id).executeTakeFirst()) throw new Error('it is there already')
    await tx
      .insertInto('accessKeys')
      .values({
        id,
        account,
        userId: owner.id,
        secret: secrets.encrypt(secret, id),
        status: 'Active',
        createdAt: now(),
        lastUsedAt: null,
        lastUsedService: null,
        lastUsedRegion: null,
      })
      .execute()
    await recordChange(tx, { account, kind: 'accessKey', id, at: now() })
  })
}
