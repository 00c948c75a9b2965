import { readAccountDetails } from './account-details.ts'
import { readAnalyzers, readCredentialReport, readPasswordPolicy, readTrails } from './account-settings.ts'
import type { Origin, SnapshotBuilder } from './builder.ts'
import {
  readAccessEntry,
  readAccessEntryNames,
  readAccessPolicies,
  readAssociation,
  readAssociations,
  readCluster,
  readClusterNames,
  readNodeGroup,
} from './eks.ts'
import { type Fields, isFields } from './fields.ts'
import { jsonDocuments, NotJson } from './json-documents.ts'
import { readObjects } from './kubernetes.ts'
import {
  readAccounts,
  readOrganization,
  readOrganizationPolicy,
  readParents,
  readPolicyList,
  readRoots,
  readTargets,
  readUnits,
} from './organizations.ts'
import { readInstances, readResourcePolicy } from './resource-policies.ts'
import { readSnapshotAttributes } from './snapshot-attributes.ts'

type Read = (document: Fields, builder: SnapshotBuilder, origin: Origin) => void

/** Exports by a member that only they have. The first that is there decides. */
const readers: readonly (readonly [member: string, read: Read])[] = [
  ['UserDetailList', (document, builder, { source }) => readAccountDetails(document, builder, source)],
  ['RoleDetailList', (document, builder, { source }) => readAccountDetails(document, builder, source)],
  ['GroupDetailList', (document, builder, { source }) => readAccountDetails(document, builder, source)],
  ['Content', readCredentialReport],
  ['PasswordPolicy', readPasswordPolicy],
  ['trailList', readTrails],
  ['analyzers', readAnalyzers],
  ['cluster', readCluster],
  ['clusters', readClusterNames],
  ['accessEntry', readAccessEntry],
  ['accessEntries', readAccessEntryNames],
  ['associatedAccessPolicies', readAccessPolicies],
  ['association', readAssociation],
  ['associations', readAssociations],
  ['nodegroup', readNodeGroup],
  ['Reservations', readInstances],
  ['Organization', readOrganization],
  ['Roots', readRoots],
  ['Accounts', readAccounts],
  ['OrganizationalUnits', readUnits],
  ['Parents', readParents],
  ['Policies', readPolicyList],
  ['Targets', readTargets],
  ['apiVersion', readObjects],
  ['Policy', readPolicy],
  ['policyText', readResourcePolicy],
  ['ResourcePolicy', readResourcePolicy],
  ['Attributes', readResourcePolicy],
  ['DBSnapshotAttributesResult', readSnapshotAttributes],
  ['DBClusterSnapshotAttributesResult', readSnapshotAttributes],
  ['policy', readResourcePolicy],
  ['Statement', readResourcePolicy],
]

/** `Policy` is an object in DescribePolicy of Organizations and a text in the calls that read a resource's own policy. */
function readPolicy(document: Fields, builder: SnapshotBuilder, origin: Origin): void {
  const organizations = isFields(document['Policy']) && 'PolicySummary' in document['Policy']
  if (organizations) readOrganizationPolicy(document, builder)
  else readResourcePolicy(document, builder, origin)
}

/** Reads one export into the builder. What cannot be used becomes a gap. */
export function readDocument(document: unknown, builder: SnapshotBuilder, origin: Origin): void {
  const found = isFields(document) ? readers.find(([member]) => member in document) : undefined
  if (found) found[1](document as Fields, builder, origin)
  else builder.gap(`${origin.source} has a document of no known kind`)
}

/** Reads a file's text: one JSON document or several. */
export function readText(text: string, builder: SnapshotBuilder, origin: Origin): void {
  try {
    let documents = 0
    for (const document of jsonDocuments(text)) {
      documents++
      readDocument(document, builder, origin)
    }
    // What a call that failed leaves in the file that its output went to.
    if (documents === 0) builder.gap(`${origin.source} is empty`)
  } catch (problem) {
    if (!(problem instanceof NotJson)) throw problem
    builder.gap(`${origin.source}:${problem.line}: ${problem.message}; what comes after was not read`)
  }
}
