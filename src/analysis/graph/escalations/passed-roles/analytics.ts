import type { PassedRole } from './passed-role.ts'

/** Passed roles of analytics: Managed Workflows for Apache Airflow, Data Pipeline, EMR, Glue, Managed Service for Apache Flink. */
export const analytics: readonly PassedRole[] = [
  ['airflow-create-environment', 'airflow-env.amazonaws.com', 'makes an Airflow environment', ['airflow:CreateEnvironment']],
  [
    'datapipeline-create-pipeline',
    'datapipeline.amazonaws.com',
    'makes a data pipeline and activates it',
    ['datapipeline:CreatePipeline', 'datapipeline:PutPipelineDefinition', 'datapipeline:ActivatePipeline'],
  ],
  ['emr-run-job-flow', 'ec2.amazonaws.com', 'starts an EMR cluster', ['elasticmapreduce:RunJobFlow']],
  [
    'emr-serverless-start-job',
    'emr-serverless.amazonaws.com',
    'starts an EMR Serverless job',
    ['emr-serverless:CreateApplication', 'emr-serverless:StartJobRun'],
  ],
  ['glue-create-dev-endpoint', 'glue.amazonaws.com', 'makes a development endpoint', ['glue:CreateDevEndpoint']],
  ['glue-create-job', 'glue.amazonaws.com', 'makes a job and runs it', ['glue:CreateJob', 'glue:StartJobRun']],
  ['glue-create-job-trigger', 'glue.amazonaws.com', 'makes a job and a trigger for it', ['glue:CreateJob', 'glue:CreateTrigger']],
  ['glue-update-job', 'glue.amazonaws.com', 'gives a job another role and runs it', ['glue:UpdateJob', 'glue:StartJobRun']],
  ['glue-create-session', 'glue.amazonaws.com', 'runs statements in a session', ['glue:CreateSession', 'glue:RunStatement']],
  [
    'kinesisanalytics-create-application',
    'kinesisanalytics.amazonaws.com',
    'makes a Flink application',
    ['kinesisanalytics:CreateApplication', 'kinesisanalytics:StartApplication'],
  ],
]
