import type { AwsEscalation, Need } from '../aws-escalation.ts'
import { analytics } from './analytics.ts'
import { compute } from './compute.ts'
import { containers } from './containers.ts'
import { developerTools } from './developer-tools.ts'
import { integration } from './integration.ts'
import { machineLearning } from './machine-learning.ts'

const passed = [...compute, ...containers, ...developerTools, ...analytics, ...machineLearning, ...integration]

/**
 * Services that run what the caller gives them as a role that the caller passes: what the caller makes there has the role's rights.
 * Service Authorization Reference, the actions with `iam:PassRole` among their dependent actions.
 */
export const passedRoles: readonly AwsEscalation[] = passed.map(([id, service, title, actions, { passedTo = service, ...more } = {}]) => ({
  id,
  title: `${title}, which runs as a role that it passes`,
  over: 'passed role',
  service,
  needs: [
    { action: 'iam:PassRole', on: 'target', context: { 'iam:PassedToService': passedTo } },
    ...actions.map((action): Need => ({ action, on: 'any' })),
  ],
  performed: false,
  ...more,
}))
