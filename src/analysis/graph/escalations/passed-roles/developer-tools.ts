import type { PassedRole } from './passed-role.ts'

/** Passed roles of what deploys and builds: Amplify, CloudFormation, CodeBuild, CodeDeploy, CodePipeline. */
export const developerTools: readonly PassedRole[] = [
  [
    'amplify-create-app',
    'amplify.amazonaws.com',
    'builds an Amplify app',
    ['amplify:CreateApp', 'amplify:CreateBranch', 'amplify:StartJob'],
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
]
