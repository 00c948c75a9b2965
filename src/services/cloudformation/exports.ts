import { importersOf } from './export-rules.ts'
import { pageOf } from './paging.ts'
import { cloudformation } from './service.ts'

/** ListExports: what stacks export, by name. CloudFormation API Reference, "ListExports". */
export const ListExports = cloudformation.operation('ListExports', {
  access: () => ({ resource: '*' }),
  async handle({ NextToken }, { tx, account, region }) {
    const rows = await tx
      .selectFrom('stackExports')
      .selectAll()
      .where('account', '=', account)
      .where('region', '=', region)
      .orderBy('name')
      .execute()
    const { page, ...more } = pageOf(rows, NextToken)
    return { Exports: page.map(({ stackId, name, value }) => ({ ExportingStackId: stackId, Name: name, Value: value })), ...more }
  },
})

/** ListImports: the stacks that import an export. CloudFormation API Reference, "ListImports". */
export const ListImports = cloudformation.operation('ListImports', {
  access: () => ({ resource: '*' }),
  async handle({ ExportName, NextToken }, { tx, account, region }) {
    const names = await importersOf(tx, { account, region }, ExportName)
    if (names.length === 0) throw new cloudformation.ValidationError(`Export '${ExportName}' is not imported by any stack.`)
    const { page, ...more } = pageOf(names, NextToken)
    return { Imports: page, ...more }
  },
})
