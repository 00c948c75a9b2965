/** What a rule is tried on. */
export type Over =
  | 'itself as user'
  | 'itself as role'
  | 'own group'
  | 'other group'
  | 'own policy'
  | 'older version of own policy'
  | 'denying policy of user'
  | 'denying policy of role'
  | 'denying policy of own group'
  | 'own boundary of user'
  | 'own boundary of role'
  | 'other user'
  | 'other role'
  | 'assumable role'
  | 'new user'
  | 'new user in group'
  | 'new role'
  | 'passed role'
  | 'role of a service'
  | 'role of an OpenID Connect provider'
  | 'role of a SAML provider'
  | 'instance'
  | 'identity center'
  | 'member account'
  | 'cluster'
  | 'own access entry'

/** An action that a way to more rights takes. */
export interface Need {
  readonly action: string
  /** On what: the rule's target, the caller itself, or whatever resource the caller's policies let it choose. */
  readonly on: 'target' | 'itself' | 'any'
  /** Circumstances that the caller chooses or that follow from what it does. */
  readonly context?: { readonly [key: string]: string }
}

/** A way in which somebody with some rights gets more of them. */
export interface AwsEscalation {
  readonly id: string
  /** What the caller does, in the third person. */
  readonly title: string
  readonly over: Over
  readonly needs: readonly Need[]
  /** The service that runs as the role, by its principal. */
  readonly service?: string
  /** What must be there besides, which the snapshot does not tell. */
  readonly assuming?: string
  /** The test does it against the running server; where Gatehouse does not serve the operations, it replays the decisions alone. */
  readonly performed: boolean
}

/** Needs on the target of a rule. */
export const onTarget = (...actions: readonly string[]): Need[] => actions.map(action => ({ action, on: 'target' }))

/** A rule that a test performs, unless it says otherwise. */
export const rule = (id: string, title: string, over: Over, needs: readonly Need[], more: Partial<AwsEscalation> = {}): AwsEscalation => ({
  id,
  title,
  over,
  needs,
  performed: true,
  ...more,
})
