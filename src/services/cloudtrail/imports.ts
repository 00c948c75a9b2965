import { namedStoreArn, storeAccess } from './event-data-store-rows.ts'
import { cloudtrail } from './service.ts'

/** StartImport: log files of a bucket are not read yet, and the call says so. CloudTrail API Reference, "StartImport". */
export const StartImport = cloudtrail.operation('StartImport', {
  access: ({ Destinations = ['*'] }, context) => Promise.all(Destinations.map(name => storeAccess(name, context))),
  async handle({ ImportId }) {
    if (ImportId !== undefined) throw notFound(ImportId)
    throw new cloudtrail.UnsupportedOperationException('Imports of log files from S3 are not served.')
  },
})

const notFound = (id: string) => new cloudtrail.ImportNotFoundException(`The import ${id} does not exist.`)

/** StopImport: there are none. CloudTrail API Reference, "StopImport". */
export const StopImport = cloudtrail.operation('StopImport', {
  access: () => ({ resource: '*' }),
  async handle({ ImportId }) {
    throw notFound(ImportId)
  },
})

/** GetImport: there are none. CloudTrail API Reference, "GetImport". */
export const GetImport = cloudtrail.operation('GetImport', {
  access: () => ({ resource: '*' }),
  async handle({ ImportId }) {
    throw notFound(ImportId)
  },
})

/** ListImports: there are none. CloudTrail API Reference, "ListImports". */
export const ListImports = cloudtrail.operation('ListImports', {
  access: () => ({ resource: '*' }),
  async handle({ Destination, NextToken }, context) {
    if (Destination !== undefined) namedStoreArn(Destination, context)
    if (NextToken !== undefined) throw noToken()
    return { Imports: [] }
  },
})

const noToken = () => new cloudtrail.InvalidNextTokenException('The token is not valid for this request.')

/** ListImportFailures: of imports, of which there are none. CloudTrail API Reference, "ListImportFailures". */
export const ListImportFailures = cloudtrail.operation('ListImportFailures', {
  access: () => ({ resource: '*' }),
  async handle({ ImportId, NextToken }) {
    if (NextToken !== undefined) throw noToken()
    throw new cloudtrail.InvalidParameterException(`The import ${ImportId} does not exist.`)
  },
})
