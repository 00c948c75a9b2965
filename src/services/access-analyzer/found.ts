import type { FindingDetail } from './finding-shapes.ts'

/** What an analysis found, before it is a finding. */
export interface Found {
  readonly type: string
  readonly resource: string
  readonly resourceType: string
  readonly resourceOwner: string
  readonly detail: FindingDetail
}
