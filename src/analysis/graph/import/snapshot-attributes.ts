import { parseArn } from '../../../types/arn.ts'
import type { Origin, SnapshotBuilder } from './builder.ts'
import { type Fields, fieldsOf, objectsOf, textOf, textsOf } from './fields.ts'

/** DescribeDBSnapshotAttributes and DescribeDBClusterSnapshotAttributes: whom a snapshot is shared with, `all` being everyone. RDS API Reference. */
export function readSnapshotAttributes(document: Fields, builder: SnapshotBuilder, { source, subject }: Origin): void {
  const result = fieldsOf(document['DBSnapshotAttributesResult'] ?? document['DBClusterSnapshotAttributesResult'])
  const resource = subject ?? textOf(result['DBSnapshotIdentifier'] ?? result['DBClusterSnapshotIdentifier'])
  if (!parseArn(resource)) return builder.gap(`${source} tells the name of a snapshot and not its ARN: give it as ARN=${source}`)
  const attributes = objectsOf(result['DBSnapshotAttributes'] ?? result['DBClusterSnapshotAttributes'])
  const restore = attributes.filter(({ AttributeName }) => AttributeName === 'restore')
  builder.snapshotShares.set(
    resource,
    restore.flatMap(({ AttributeValues }) => textsOf(AttributeValues)),
  )
}
