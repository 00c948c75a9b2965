import type { PassedRole } from './passed-role.ts'

/** Passed roles of events, workflows, automation and identities: EventBridge, IoT, Step Functions, Systems Manager, Cognito, IAM Roles Anywhere. */
export const integration: readonly PassedRole[] = [
  [
    'cognito-set-identity-pool-roles',
    'cognito-identity.amazonaws.com',
    'gives the identities of a pool a role',
    ['cognito-identity:SetIdentityPoolRoles'],
  ],
  ['events-put-targets', 'events.amazonaws.com', 'sends events to a target as the role', ['events:PutRule', 'events:PutTargets']],
  ['iot-create-topic-rule', 'iot.amazonaws.com', 'makes a topic rule', ['iot:CreateTopicRule']],
  ['pipes-create-pipe', 'pipes.amazonaws.com', 'makes a pipe', ['pipes:CreatePipe']],
  [
    'rolesanywhere-create-profile',
    'rolesanywhere.amazonaws.com',
    'makes a trust anchor of its own and a profile with the role',
    ['rolesanywhere:CreateTrustAnchor', 'rolesanywhere:CreateProfile'],
  ],
  ['scheduler-create-schedule', 'scheduler.amazonaws.com', 'makes a schedule', ['scheduler:CreateSchedule']],
  ['ssm-start-automation', 'ssm.amazonaws.com', 'starts an automation', ['ssm:StartAutomationExecution']],
  [
    'states-create-state-machine',
    'states.amazonaws.com',
    'makes a state machine and runs it',
    ['states:CreateStateMachine', 'states:StartExecution'],
  ],
  [
    'states-update-state-machine',
    'states.amazonaws.com',
    'gives a state machine another role and runs it',
    ['states:UpdateStateMachine', 'states:StartExecution'],
  ],
]
