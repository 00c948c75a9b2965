import type { AwsEscalation } from './aws-escalation.ts'

type ServiceRole = readonly [id: string, service: string, title: string, actions: readonly string[], assuming: string, performed?: true]

/** What runs as a role already, and does what the caller says. */
const running: readonly ServiceRole[] = [
  [
    'cloudformation-update-stack-with-role',
    'cloudformation.amazonaws.com',
    'updates a stack that has a role',
    ['cloudformation:UpdateStack'],
    'a stack with the role',
    true,
  ],
  [
    'cloudformation-change-set-with-role',
    'cloudformation.amazonaws.com',
    'changes a stack that has a role by a change set',
    ['cloudformation:CreateChangeSet', 'cloudformation:ExecuteChangeSet'],
    'a stack with the role',
    true,
  ],
  [
    'codebuild-start-build',
    'codebuild.amazonaws.com',
    'starts a build with commands of its own',
    ['codebuild:StartBuild'],
    'a project with the role',
  ],
  [
    'datapipeline-put-definition',
    'datapipeline.amazonaws.com',
    'changes what a pipeline does',
    ['datapipeline:PutPipelineDefinition', 'datapipeline:ActivatePipeline'],
    'a pipeline with the role',
  ],
  [
    'ecs-execute-command',
    'ecs-tasks.amazonaws.com',
    'executes a command in a task',
    ['ecs:ExecuteCommand'],
    'a task with the role that allows commands',
  ],
  [
    'glue-update-dev-endpoint',
    'glue.amazonaws.com',
    'puts a key of its own on a development endpoint',
    ['glue:UpdateDevEndpoint'],
    'an endpoint with the role',
  ],
  [
    'lambda-update-function-code',
    'lambda.amazonaws.com',
    'changes the code of a function',
    ['lambda:UpdateFunctionCode'],
    'a function with the role that is invoked',
  ],
  [
    'lambda-update-function-layers',
    'lambda.amazonaws.com',
    'puts a layer of its own under a function',
    ['lambda:UpdateFunctionConfiguration'],
    'a function with the role that is invoked',
  ],
  [
    'sagemaker-open-notebook',
    'sagemaker.amazonaws.com',
    'opens a notebook',
    ['sagemaker:CreatePresignedNotebookInstanceUrl'],
    'a notebook with the role',
  ],
  [
    'sagemaker-notebook-lifecycle',
    'sagemaker.amazonaws.com',
    'gives a notebook commands to start with',
    [
      'sagemaker:CreateNotebookInstanceLifecycleConfig',
      'sagemaker:UpdateNotebookInstance',
      'sagemaker:StopNotebookInstance',
      'sagemaker:StartNotebookInstance',
    ],
    'a notebook with the role',
  ],
  [
    'sagemaker-open-studio',
    'sagemaker.amazonaws.com',
    "opens another's Studio",
    ['sagemaker:CreatePresignedDomainUrl'],
    'a Studio user with the role',
  ],
  [
    'states-update-definition',
    'states.amazonaws.com',
    'changes what a state machine does and runs it',
    ['states:UpdateStateMachine', 'states:StartExecution'],
    'a state machine with the role',
  ],
]

type InstanceAccess = readonly [
  id: string,
  title: string,
  actions: readonly string[],
  more?: { readonly assuming?: string; readonly performed?: true },
]

const instances: readonly InstanceAccess[] = [
  ['ssm-start-session', 'opens a session on an instance', ['ssm:StartSession']],
  ['ssm-send-command', 'sends a command to an instance', ['ssm:SendCommand']],
  ['ec2-instance-connect-send-key', 'sends an SSH key of its own to an instance', ['ec2-instance-connect:SendSSHPublicKey']],
  [
    'ec2-instance-connect-serial-console',
    'sends an SSH key of its own to the serial console of an instance',
    ['ec2-instance-connect:SendSerialConsoleSSHPublicKey'],
  ],
  [
    'ec2-modify-user-data',
    'gives an instance commands to start with',
    ['ec2:ModifyInstanceAttribute', 'ec2:StopInstances', 'ec2:StartInstances'],
  ],
  [
    'ec2-modify-metadata-options',
    'opens the metadata of an instance to its pods',
    ['ec2:ModifyInstanceMetadataOptions'],
    { performed: true, assuming: 'the caller has a pod on the instance' },
  ],
]

/** Roles that something has already: of services, and of instances that the caller gets into. */
export const serviceRoles: readonly AwsEscalation[] = [
  ...running.map(
    ([id, service, title, actions, assuming, performed = false]): AwsEscalation => ({
      id,
      title,
      over: 'role of a service',
      service,
      needs: actions.map(action => ({ action, on: 'any' })),
      assuming,
      performed,
    }),
  ),
  ...instances.map(
    ([id, title, actions, more]): AwsEscalation => ({
      id,
      title,
      over: 'instance',
      needs: actions.map(action => ({ action, on: 'target' })),
      performed: false,
      ...more,
    }),
  ),
]
