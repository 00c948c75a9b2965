import type { Transaction } from '../../store/index.ts'
import { StackFailure } from './failures.ts'
import type { Stack, StackOutput } from './stack-store.ts'

/** The names of the stacks that import one of a stack's exports. */
export async function importersOf(
  tx: Transaction,
  { account, region }: Pick<Stack, 'account' | 'region'>,
  name: string,
): Promise<string[]> {
  const rows = await tx
    .selectFrom('stackImports')
    .innerJoin('stacks', 'stacks.id', 'stackImports.stackId')
    .select('stacks.name')
    .where('stackImports.account', '=', account)
    .where('stackImports.region', '=', region)
    .where('stackImports.exportName', '=', name)
    .orderBy('stacks.name')
    .execute()
  return rows.map(row => row.name)
}

/** What others import stays as it is, and a name is exported once. CloudFormation User Guide, "Get exported outputs from a deployed stack". @throws StackFailure */
export async function checkExports(tx: Transaction, stack: Stack, outputs: readonly StackOutput[]): Promise<void> {
  const wanted = new Map(outputs.flatMap(({ exportName, value }) => (exportName === undefined ? [] : [[exportName, value] as const])))
  const { account, region } = stack
  const rows = await tx.selectFrom('stackExports').selectAll().where('account', '=', account).where('region', '=', region).execute()
  for (const { name, value, stackId } of rows) {
    if (stackId !== stack.id) {
      if (!wanted.has(name)) continue
      const { name: owner } = await tx.selectFrom('stacks').select('name').where('id', '=', stackId).executeTakeFirstOrThrow()
      throw new StackFailure(`Export with name ${name} is already exported by stack ${owner}.`)
    }
    if (wanted.get(name) === value) continue
    const [importer] = await importersOf(tx, stack, name)
    if (importer === undefined) continue
    throw new StackFailure(`Export ${name} cannot be ${wanted.has(name) ? 'updated' : 'deleted'} as it is in use by ${importer}`)
  }
}

/** Notes what a stack exports and imports now. */
export async function replaceExports(
  tx: Transaction,
  { id: stackId, account, region }: Stack,
  outputs: readonly StackOutput[],
  imported: ReadonlySet<string>,
): Promise<void> {
  await tx.deleteFrom('stackExports').where('stackId', '=', stackId).execute()
  await tx.deleteFrom('stackImports').where('stackId', '=', stackId).execute()
  for (const { exportName: name, value } of outputs)
    if (name !== undefined) await tx.insertInto('stackExports').values({ account, region, name, value, stackId }).execute()
  for (const exportName of imported) await tx.insertInto('stackImports').values({ stackId, account, region, exportName }).execute()
}
