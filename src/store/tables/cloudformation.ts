import type { Generated } from 'kysely'

/** A CloudFormation stack. Times are epoch milliseconds. */
export interface StacksTable {
  /** Its ARN. */
  id: string
  account: string
  region: string
  name: string
  /** The template's. */
  description: string | null
  status: string
  statusReason: string | null
  /** Encrypted JSON of template, parameters, which may be secrets, and all else that the caller chose. */
  content: string
  /** The same before the update that goes on: what to go back to. */
  previous: string | null
  /** Encrypted JSON of the outputs. */
  outputs: string
  terminationProtection: number
  /** What updates may change, as it was given. */
  policy: string | null
  /** What the update that goes on may change, in the place of that. */
  updatePolicy: string | null
  /** The change set that made the stack what it is. */
  changeSetId: string | null
  /** The ClientRequestToken of the last operation. */
  token: string | null
  createdAt: number
  updatedAt: number | null
  deletedAt: number | null
}

export interface StackResourcesTable {
  stackId: string
  logicalId: string
  /** In which order the resources were made; they go in the opposite one. */
  place: number
  physicalId: string | null
  type: string
  status: string
  statusReason: string | null
  /** Encrypted JSON: properties and attributes as they are, and as they were before the update that goes on. */
  content: string
  updatedAt: number
}

export interface StackEventsTable {
  seq: Generated<number>
  id: string
  stackId: string
  logicalId: string
  physicalId: string
  type: string
  status: string
  statusReason: string | null
  /** JSON of the properties, secret parameters hidden. */
  properties: string | null
  /** The ClientRequestToken of the operation. */
  token: string | null
  at: number
}

export interface StackExportsTable {
  account: string
  region: string
  name: string
  value: string
  stackId: string
}

export interface StackImportsTable {
  stackId: string
  account: string
  region: string
  exportName: string
}

export interface ChangeSetsTable {
  /** Its ARN. */
  id: string
  stackId: string
  name: string
  type: 'CREATE' | 'UPDATE'
  description: string | null
  status: string
  statusReason: string | null
  executionStatus: string
  /** As a stack's. */
  content: string
  /** JSON of the changes as DescribeChangeSet shows them. */
  changes: string
  token: string | null
  createdAt: number
}
