import type { AwsEscalation, Need } from './aws-escalation.ts'

interface More {
  readonly assuming?: string
  readonly performed?: true
  /** The service that the caller passes the role to, when another one then runs as it. */
  readonly passedTo?: string
}

type PassedRole = readonly [id: string, service: string, title: string, actions: readonly string[], more?: More]

/**
 * Services that run what the caller gives them as a role that the caller passes: what the caller makes there has the role's rights.
 * Service Authorization Reference, the actions with `iam:PassRole` among their dependent actions.
 */
const passed: readonly PassedRole[] = [
  [
    'amplify-create-app',
    'amplify.amazonaws.com',
    'builds an Amplify app',
    ['amplify:CreateApp', 'amplify:CreateBranch', 'amplify:StartJob'],
  ],
  ['apprunner-create-service', 'tasks.apprunner.amazonaws.com', 'runs a container in App Runner', ['apprunner:CreateService']],
  ['apprunner-update-service', 'tasks.apprunner.amazonaws.com', 'gives an App Runner service another role', ['apprunner:UpdateService']],
  [
    'autoscaling-launch-configuration',
    'ec2.amazonaws.com',
    'starts instances by a launch configuration',
    ['autoscaling:CreateLaunchConfiguration', 'autoscaling:CreateAutoScalingGroup'],
  ],
  [
    'autoscaling-launch-template',
    'ec2.amazonaws.com',
    'starts instances by a launch template',
    ['ec2:CreateLaunchTemplate', 'autoscaling:CreateAutoScalingGroup', 'ec2:RunInstances'],
  ],
  ['airflow-create-environment', 'airflow-env.amazonaws.com', 'makes an Airflow environment', ['airflow:CreateEnvironment']],
  ['batch-submit-job', 'ecs-tasks.amazonaws.com', 'submits a batch job', ['batch:RegisterJobDefinition', 'batch:SubmitJob']],
  [
    'bedrock-create-agent',
    'bedrock.amazonaws.com',
    'makes an agent',
    ['bedrock:CreateAgent', 'bedrock:CreateAgentActionGroup', 'bedrock:InvokeAgent'],
  ],
  [
    'bedrock-agentcore-code-interpreter',
    'bedrock-agentcore.amazonaws.com',
    'runs code in an interpreter',
    ['bedrock-agentcore:CreateCodeInterpreter', 'bedrock-agentcore:StartCodeInterpreterSession', 'bedrock-agentcore:InvokeCodeInterpreter'],
  ],
  ['cloudformation-create-stack', 'cloudformation.amazonaws.com', 'makes a stack', ['cloudformation:CreateStack'], { performed: true }],
  [
    'cloudformation-update-stack',
    'cloudformation.amazonaws.com',
    'updates a stack with another role',
    ['cloudformation:UpdateStack'],
    { performed: true },
  ],
  [
    'cloudformation-change-set',
    'cloudformation.amazonaws.com',
    'makes a change set and executes it',
    ['cloudformation:CreateChangeSet', 'cloudformation:ExecuteChangeSet'],
    { performed: true },
  ],
  [
    'cloudformation-stack-set',
    'cloudformation.amazonaws.com',
    'makes a stack set with instances',
    ['cloudformation:CreateStackSet', 'cloudformation:CreateStackInstances'],
  ],
  [
    'codebuild-create-project',
    'codebuild.amazonaws.com',
    'makes a build project and starts it',
    ['codebuild:CreateProject', 'codebuild:StartBuild'],
  ],
  [
    'codebuild-update-project',
    'codebuild.amazonaws.com',
    'gives a build project another role and starts it',
    ['codebuild:UpdateProject', 'codebuild:StartBuild'],
  ],
  ['codepipeline-create-pipeline', 'codepipeline.amazonaws.com', 'makes a pipeline', ['codepipeline:CreatePipeline']],
  [
    'codedeploy-create-deployment',
    'codedeploy.amazonaws.com',
    'makes a deployment',
    ['codedeploy:CreateDeploymentGroup', 'codedeploy:CreateDeployment'],
  ],
  [
    'cognito-set-identity-pool-roles',
    'cognito-identity.amazonaws.com',
    'gives the identities of a pool a role',
    ['cognito-identity:SetIdentityPoolRoles'],
  ],
  [
    'datapipeline-create-pipeline',
    'datapipeline.amazonaws.com',
    'makes a data pipeline and activates it',
    ['datapipeline:CreatePipeline', 'datapipeline:PutPipelineDefinition', 'datapipeline:ActivatePipeline'],
  ],
  ['ec2-run-instances', 'ec2.amazonaws.com', 'starts an instance with the role', ['ec2:RunInstances'], { performed: true }],
  [
    'ec2-associate-instance-profile',
    'ec2.amazonaws.com',
    'gives an instance the role',
    ['ec2:AssociateIamInstanceProfile'],
    { performed: true },
  ],
  [
    'ec2-replace-instance-profile',
    'ec2.amazonaws.com',
    'gives an instance another role',
    ['ec2:ReplaceIamInstanceProfileAssociation'],
    { performed: true },
  ],
  ['ec2-request-spot-instances', 'ec2.amazonaws.com', 'requests a spot instance with the role', ['ec2:RequestSpotInstances']],
  ['ec2-create-fleet', 'ec2.amazonaws.com', 'starts a fleet with the role', ['ec2:CreateLaunchTemplate', 'ec2:CreateFleet']],
  [
    'ec2-run-instances-new-profile',
    'ec2.amazonaws.com',
    'puts the role into a new profile and starts an instance with it',
    ['iam:CreateInstanceProfile', 'iam:AddRoleToInstanceProfile', 'ec2:RunInstances'],
    { performed: true },
  ],
  [
    'ec2-associate-new-instance-profile',
    'ec2.amazonaws.com',
    'puts the role into a new profile and gives it to an instance',
    ['iam:CreateInstanceProfile', 'iam:AddRoleToInstanceProfile', 'ec2:AssociateIamInstanceProfile'],
    { performed: true, assuming: 'there is an instance without profile of which the caller has the metadata' },
  ],
  [
    'iam-replace-role-of-instance-profile',
    'ec2.amazonaws.com',
    'puts the role into the profile of an instance in place of another',
    ['iam:RemoveRoleFromInstanceProfile', 'iam:AddRoleToInstanceProfile'],
    { performed: true, assuming: 'an instance of which the caller has the metadata has a profile with another role' },
  ],
  [
    'iam-add-role-to-instance-profile',
    'ec2.amazonaws.com',
    'puts the role into the profile of an instance',
    ['iam:AddRoleToInstanceProfile'],
    { performed: true, assuming: 'an instance of which the caller has the metadata has a profile without role' },
  ],
  ['ecs-run-task', 'ecs-tasks.amazonaws.com', 'runs a task', ['ecs:RegisterTaskDefinition', 'ecs:RunTask']],
  ['ecs-start-task', 'ecs-tasks.amazonaws.com', 'starts a task on an instance', ['ecs:RegisterTaskDefinition', 'ecs:StartTask']],
  ['ecs-create-service', 'ecs-tasks.amazonaws.com', 'makes a service of tasks', ['ecs:RegisterTaskDefinition', 'ecs:CreateService']],
  ['ecs-update-service', 'ecs-tasks.amazonaws.com', 'gives a service another task', ['ecs:RegisterTaskDefinition', 'ecs:UpdateService']],
  [
    'eks-create-pod-identity-association',
    'pods.eks.amazonaws.com',
    'associates the role with a service account',
    ['eks:CreatePodIdentityAssociation'],
    { performed: true, assuming: 'the caller has a pod in the cluster' },
  ],
  [
    'eks-update-pod-identity-association',
    'pods.eks.amazonaws.com',
    'gives an association another role',
    ['eks:UpdatePodIdentityAssociation'],
    { performed: true, assuming: 'the caller has a pod of the association' },
  ],
  [
    'eks-create-addon',
    'pods.eks.amazonaws.com',
    'installs an add-on whose service account gets the role',
    ['eks:CreateAddon'],
    { performed: true, assuming: "the caller has a pod in the add-on's namespace" },
  ],
  [
    'eks-update-addon',
    'pods.eks.amazonaws.com',
    "gives an add-on's service account another role",
    ['eks:UpdateAddon'],
    { performed: true, assuming: 'the caller has a pod of the add-on' },
  ],
  [
    'eks-create-nodegroup',
    'ec2.amazonaws.com',
    'makes nodes with the role',
    ['eks:CreateNodegroup'],
    { performed: true, passedTo: 'eks.amazonaws.com', assuming: 'the caller has a pod in the cluster' },
  ],
  [
    'eks-create-fargate-profile',
    'eks-fargate-pods.amazonaws.com',
    'makes a Fargate profile with the role',
    ['eks:CreateFargateProfile'],
    { performed: true, passedTo: 'eks.amazonaws.com', assuming: 'the caller has a pod in the cluster' },
  ],
  ['emr-run-job-flow', 'ec2.amazonaws.com', 'starts an EMR cluster', ['elasticmapreduce:RunJobFlow']],
  [
    'emr-serverless-start-job',
    'emr-serverless.amazonaws.com',
    'starts an EMR Serverless job',
    ['emr-serverless:CreateApplication', 'emr-serverless:StartJobRun'],
  ],
  ['events-put-targets', 'events.amazonaws.com', 'sends events to a target as the role', ['events:PutRule', 'events:PutTargets']],
  ['gamelift-create-fleet', 'gamelift.amazonaws.com', 'makes a fleet of game servers', ['gamelift:CreateBuild', 'gamelift:CreateFleet']],
  ['glue-create-dev-endpoint', 'glue.amazonaws.com', 'makes a development endpoint', ['glue:CreateDevEndpoint']],
  ['glue-create-job', 'glue.amazonaws.com', 'makes a job and runs it', ['glue:CreateJob', 'glue:StartJobRun']],
  ['glue-create-job-trigger', 'glue.amazonaws.com', 'makes a job and a trigger for it', ['glue:CreateJob', 'glue:CreateTrigger']],
  ['glue-update-job', 'glue.amazonaws.com', 'gives a job another role and runs it', ['glue:UpdateJob', 'glue:StartJobRun']],
  ['glue-create-session', 'glue.amazonaws.com', 'runs statements in a session', ['glue:CreateSession', 'glue:RunStatement']],
  [
    'imagebuilder-create-image',
    'ec2.amazonaws.com',
    'builds an image on an instance with the role',
    ['imagebuilder:CreateInfrastructureConfiguration', 'imagebuilder:CreateImage'],
  ],
  ['iot-create-topic-rule', 'iot.amazonaws.com', 'makes a topic rule', ['iot:CreateTopicRule']],
  [
    'kinesisanalytics-create-application',
    'kinesisanalytics.amazonaws.com',
    'makes a Flink application',
    ['kinesisanalytics:CreateApplication', 'kinesisanalytics:StartApplication'],
  ],
  ['lambda-create-function', 'lambda.amazonaws.com', 'makes a function and invokes it', ['lambda:CreateFunction', 'lambda:InvokeFunction']],
  [
    'lambda-create-function-url',
    'lambda.amazonaws.com',
    'makes a function with an address',
    ['lambda:CreateFunction', 'lambda:CreateFunctionUrlConfig', 'lambda:AddPermission'],
  ],
  [
    'lambda-create-function-permission',
    'lambda.amazonaws.com',
    'makes a function that others may invoke',
    ['lambda:CreateFunction', 'lambda:AddPermission'],
  ],
  [
    'lambda-create-event-source',
    'lambda.amazonaws.com',
    'makes a function with an event source',
    ['lambda:CreateFunction', 'lambda:CreateEventSourceMapping'],
  ],
  [
    'lambda-update-function-role',
    'lambda.amazonaws.com',
    'gives a function another role',
    ['lambda:UpdateFunctionConfiguration', 'lambda:InvokeFunction'],
  ],
  ['pipes-create-pipe', 'pipes.amazonaws.com', 'makes a pipe', ['pipes:CreatePipe']],
  [
    'rolesanywhere-create-profile',
    'rolesanywhere.amazonaws.com',
    'makes a trust anchor of its own and a profile with the role',
    ['rolesanywhere:CreateTrustAnchor', 'rolesanywhere:CreateProfile'],
  ],
  [
    'sagemaker-create-notebook',
    'sagemaker.amazonaws.com',
    'makes a notebook',
    ['sagemaker:CreateNotebookInstance', 'sagemaker:CreatePresignedNotebookInstanceUrl'],
  ],
  ['sagemaker-create-training-job', 'sagemaker.amazonaws.com', 'starts a training job', ['sagemaker:CreateTrainingJob']],
  ['sagemaker-create-processing-job', 'sagemaker.amazonaws.com', 'starts a processing job', ['sagemaker:CreateProcessingJob']],
  [
    'sagemaker-create-endpoint',
    'sagemaker.amazonaws.com',
    'deploys a model',
    ['sagemaker:CreateModel', 'sagemaker:CreateEndpointConfig', 'sagemaker:CreateEndpoint'],
  ],
  [
    'sagemaker-create-user-profile',
    'sagemaker.amazonaws.com',
    'makes a Studio user',
    ['sagemaker:CreateUserProfile', 'sagemaker:CreatePresignedDomainUrl'],
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
  ['transfer-create-user', 'transfer.amazonaws.com', 'makes a user of a file transfer server', ['transfer:CreateUser']],
]

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

type InstanceAccess = readonly [id: string, title: string, actions: readonly string[], more?: More]

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
