/** What a way by a passed role has beside its actions. */
export interface PassedRoleFacts {
  readonly assuming?: string
  readonly performed?: true
  /** The service that the caller passes the role to, when another one then runs as it. */
  readonly passedTo?: string
}

/** A way to run something of one's own as a role that one passes. */
export type PassedRole = readonly [id: string, service: string, title: string, actions: readonly string[], more?: PassedRoleFacts]
