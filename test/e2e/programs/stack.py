"""A stack by boto3 with its waiters: created, changed by a change set, exported from, deleted. Prints what it saw as JSON."""
import json

import boto3
from botocore.exceptions import ClientError, WaiterError

cloudformation = boto3.client('cloudformation')
delay = {'Delay': 1, 'MaxAttempts': 60}


def template(description):
    trust = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Principal': {'Service': 'ec2.amazonaws.com'}, 'Action': 'sts:AssumeRole'}]}
    role = {'Type': 'AWS::IAM::Role', 'Properties': {'AssumeRolePolicyDocument': trust, 'Description': description}}
    return json.dumps({'Resources': {'Role': role}, 'Outputs': {'Arn': {'Value': {'Fn::GetAtt': ['Role', 'Arn']}, 'Export': {'Name': 'role-arn'}}}})


seen = {}
cloudformation.create_stack(StackName='boto', TemplateBody=template('before'), Capabilities=['CAPABILITY_IAM'])
cloudformation.get_waiter('stack_create_complete').wait(StackName='boto', WaiterConfig=delay)
seen['exports'] = [export['Name'] for page in cloudformation.get_paginator('list_exports').paginate() for export in page['Exports']]

cloudformation.create_change_set(StackName='boto', ChangeSetName='next', TemplateBody=template('after'), Capabilities=['CAPABILITY_IAM'])
cloudformation.get_waiter('change_set_create_complete').wait(StackName='boto', ChangeSetName='next', WaiterConfig=delay)
[change] = cloudformation.describe_change_set(StackName='boto', ChangeSetName='next')['Changes']
seen['change'] = [change['ResourceChange'][member] for member in ('Action', 'LogicalResourceId', 'Replacement')]
cloudformation.execute_change_set(StackName='boto', ChangeSetName='next')
cloudformation.get_waiter('stack_update_complete').wait(StackName='boto', WaiterConfig=delay)
role = cloudformation.describe_stack_resource(StackName='boto', LogicalResourceId='Role')['StackResourceDetail']['PhysicalResourceId']
seen['description'] = boto3.client('iam').get_role(RoleName=role)['Role']['Description']

try:
    cloudformation.update_stack(StackName='boto', TemplateBody=template('after'), Capabilities=['CAPABILITY_IAM'])
except ClientError as problem:
    seen['same'] = [problem.response['Error']['Code'], problem.response['Error']['Message']]
try:
    cloudformation.detect_stack_drift(StackName='boto')
except ClientError as problem:
    seen['drift'] = problem.response['Error']['Code']

cloudformation.delete_stack(StackName='boto')
cloudformation.get_waiter('stack_delete_complete').wait(StackName='boto', WaiterConfig=delay)
cloudformation.create_stack(StackName='broken', TemplateBody=template('x' * 1001), Capabilities=['CAPABILITY_IAM'])
try:
    cloudformation.get_waiter('stack_create_complete').wait(StackName='broken', WaiterConfig=delay)
except WaiterError as problem:
    seen['broken'] = problem.last_response['Stacks'][0]['StackStatus']
print(json.dumps(seen))
