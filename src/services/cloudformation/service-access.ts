import type { Principal, ServiceSource } from '../../identity/principal.ts'
import { ServiceError } from '../../wire/errors.ts'
import { assumeServiceRole, isAlive } from '../service-role.ts'
import type { InsideCall, World } from '../world.ts'
import { cloudformation, servicePrincipal } from './service.ts'
import { modeledInput } from './types/modeled.ts'

/** Makes calls with the rights that a stack has: its role's, or those of whoever began the operation. */
export type StackCaller = (call: InsideCall) => Promise<unknown>

/** What CloudFormation names its sessions of service roles. */
const sessionName = 'AWSCloudFormation'

/**
 * Whose rights a stack's calls have. CloudFormation User Guide, "CloudFormation service role"; IAM User Guide, "Forward access sessions".
 * @param roleArn  the stack's service role, if it has one
 */
export function stackCaller(world: World, stackId: string, account: string, caller: Principal, roleArn: string | undefined): StackCaller {
  if (roleArn === undefined)
    return async call => {
      requireAlive(caller, world.now())
      return world.calls.onBehalfOf(caller, servicePrincipal, modeled(call))
    }
  let session: Principal | undefined
  return async call => {
    if (session === undefined || !isAlive(session, world.now())) session = await assumeStackRole(world, { arn: stackId, account }, roleArn)
    return world.calls.asServiceRole(session, servicePrincipal, modeled(call))
  }
}

const modeled = (call: InsideCall): InsideCall => ({ ...call, input: modeledInput(call.service, call.operation, call.input) })

/** Rights end with the session that had them, also in the midst of a stack. @throws ExpiredToken */
function requireAlive(principal: Principal, now: number): void {
  if (!isAlive(principal, now)) throw new cloudformation.ExpiredToken('The security token included in the request is expired')
}

/** @throws ValidationError when the role is not there or does not trust CloudFormation */
export async function assumeStackRole(world: World, source: ServiceSource, roleArn: string): Promise<Principal> {
  try {
    return await assumeServiceRole(world, servicePrincipal, source, { roleArn, sessionName })
  } catch (problem) {
    if (problem instanceof ServiceError) throw new cloudformation.ValidationError(`Role ${roleArn} is invalid or cannot be assumed`)
    throw problem
  }
}
