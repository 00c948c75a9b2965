import type { PassedRole } from './passed-role.ts'

/** Passed roles of machine learning: Bedrock, SageMaker AI. */
export const machineLearning: readonly PassedRole[] = [
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
]
