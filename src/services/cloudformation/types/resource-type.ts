import type { Json, JsonObject } from '../../../types/json.ts'
import type { Tag } from './properties.ts'

/** A resource once it is made. */
export interface Provisioned {
  /** What Ref gives, and what the API calls the physical id. */
  readonly physicalId: string
  /** What Fn::GetAtt gives, by name; left out by an update that changes none. */
  readonly attributes?: { readonly [name: string]: Json }
}

/** What a type needs to know of its stack, and how it calls services. */
export interface ResourceContext {
  readonly account: string
  readonly region: string
  /** The stack's tags, for resources that take tags, and those that it had before. */
  readonly tags: readonly Tag[]
  readonly previousTags: readonly Tag[]
  /** A stack's rollback brings back what was before. */
  readonly restoring?: true
  /** What the stack's caller acknowledged, for stacks within the stack. */
  readonly capabilities: readonly string[]
  /** A name of the stack's making, `STACK-LOGICAL-RANDOM`, as long as the service takes it. */
  name(most: number): string
  /**
   * Calls a service with the rights that the stack has. @throws ServiceError
   * @param service  signing name
   */
  call<Output>(service: string, operation: string, input: object): Promise<Output>
  /** Waits until it says true. @throws Error when that takes too long */
  until(ready: () => Promise<boolean>): Promise<void>
}

/** A kind of resource that stacks hold. CloudFormation Template Reference, by type. */
export interface ResourceType {
  /** Such as `AWS::IAM::Role`. */
  readonly name: string
  /** Every property that it takes: what a change of it means. */
  readonly properties: { readonly [name: string]: 'changes' | 'replaces' }
  readonly required: readonly string[]
  /** The property that names it: two of one name cannot be, and of IAM's, CAPABILITY_NAMED_IAM acknowledges them. */
  readonly namedBy?: string
  /** True of what CAPABILITY_IAM stands for. CloudFormation User Guide, "Acknowledge IAM resources in templates". */
  readonly grantsAccess?: boolean
  /** True of types whose resources get CloudFormation's own tags: `cloudFormationSystemTags` of the type's published schema. */
  readonly systemTags?: boolean
  /** What `Fn::GetAtt` may ask for. */
  readonly attributes: readonly string[]
  create(properties: JsonObject, context: ResourceContext): Promise<Provisioned>
  /** Left out where every change replaces. */
  update?(physicalId: string, properties: JsonObject, previous: JsonObject, context: ResourceContext): Promise<Provisioned>
  /** Fine when it is gone already. */
  delete(physicalId: string, properties: JsonObject, context: ResourceContext): Promise<void>
}

/** Something was made before the rest failed: the stack must undo it. */
export class PartlyMade extends Error {
  override readonly name = 'PartlyMade'
  readonly physicalId: string
  constructor(physicalId: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.physicalId = physicalId
  }
}

/** Does what follows the creation of a resource; what fails then leaves a resource behind, and says which. @throws PartlyMade */
export async function thenFinish<T>(physicalId: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (problem) {
    throw new PartlyMade(physicalId, problem)
  }
}

/** Properties by what a change of them means. */
export const mutable = (...names: string[]): { [name: string]: 'changes' } => Object.fromEntries(names.map(name => [name, 'changes']))
export const replacing = (...names: string[]): { [name: string]: 'replaces' } => Object.fromEntries(names.map(name => [name, 'replaces']))
