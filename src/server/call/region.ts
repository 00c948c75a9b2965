import type { Service } from '../../services/operation.ts'
import { globalRegion } from '../../types/global-region.ts'
import type { SignatureClaim } from '../../wire/sigv4/claim.ts'

/** Regions that a call of a service may be signed for: Gatehouse's own, and that of global services where the service serves it. */
export const servesRegion = ({ global, inGlobalRegion }: Service, signedFor: string, own: string): boolean =>
  signedFor === own || (signedFor === globalRegion && (global === true || inGlobalRegion === true))

/** The region whose record a call is. @param claim  absent for unsigned calls */
export const recordingRegionOf = (service: Service, claim: Pick<SignatureClaim, 'region'> | undefined, own: string): string =>
  service.global || (service.inGlobalRegion && claim?.region === globalRegion) ? globalRegion : own

/** The region that a call acts in: where its resources are. Those of global services are in none, and act as if in Gatehouse's own. */
export const actingRegionOf = ({ service, region }: { readonly service: Service; readonly region: string }, own: string): string =>
  service.global ? own : region
