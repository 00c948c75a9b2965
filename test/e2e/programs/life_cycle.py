"""An IAM and STS life cycle with boto3, unmodified; prints what it saw as JSON for the test to judge."""
import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

iam = boto3.client("iam")
seen = {}


def refused(call, **arguments):
    """The error code and message with which a call is refused."""
    try:
        call(**arguments)
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["Error"]["Message"], error.response["ResponseMetadata"]["HTTPStatusCode"]]
    return "not refused"


account = boto3.client("sts").get_caller_identity()["Account"]
for number in range(7):
    iam.create_user(UserName=f"user-{number}", Path="/people/", Tags=[{"Key": "team", "Value": "shop"}])
pages = list(iam.get_paginator("list_users").paginate(PathPrefix="/people/", PaginationConfig={"PageSize": 3}))
seen["pages"] = [[user["UserName"] for user in page["Users"]] for page in pages]
seen["exists"] = refused(iam.create_user, UserName="USER-0")
seen["missing"] = refused(iam.get_user, UserName="nobody")
seen["malformed"] = refused(iam.put_user_policy, UserName="user-0", PolicyName="p", PolicyDocument="{")
seen["invalid"] = refused(boto3.client("iam", config=Config(parameter_validation=False)).create_user, UserName="no spaces")

trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
         "Action": ["sts:AssumeRole", "sts:TagSession"]}]}
role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(trust), MaxSessionDuration=3600)["Role"]
iam.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]}))
seen["trust returned as an object"] = role["AssumeRolePolicyDocument"] == trust

sts = boto3.client("sts")
session_policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}]}
assumed = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="visit", Policy=json.dumps(session_policy), Tags=[{"Key": "team", "Value": "shop"}],
                          DurationSeconds=900)
seen["assumed"] = assumed["AssumedRoleUser"]["Arn"]
seen["packed"] = assumed["PackedPolicySize"] > 0
keys = assumed["Credentials"]
session = dict(aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
seen["session may"] = boto3.client("iam", **session).get_user(UserName="user-0")["User"]["UserName"]
seen["session may not"] = refused(boto3.client("iam", **session).list_users)
seen["too long"] = refused(sts.assume_role, RoleArn=role["Arn"], RoleSessionName="visit", DurationSeconds=7200)
seen["no such role"] = refused(sts.assume_role, RoleArn=role["Arn"] + "x", RoleSessionName="visit")
seen["wrong secret"] = refused(boto3.client("iam", **{**session, "aws_secret_access_key": "x" * 40}).list_users)
seen["wrong token"] = refused(boto3.client("iam", **{**session, "aws_session_token": keys["SessionToken"][:-8] + "AAAAAAA="}).list_users)
seen["no token"] = refused(boto3.client("iam", **{**session, "aws_session_token": None}).list_users)
seen["unknown key"] = refused(boto3.client("iam", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x" * 40).list_users)
seen["other region"] = refused(boto3.client("eks", region_name="mars-north-1").list_clusters)
seen["unknown key, JSON"] = refused(boto3.client("eks", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x" * 40).list_clusters)
seen["no cluster"] = refused(boto3.client("eks").describe_cluster, name="none")
seen["not built"] = refused(boto3.client("cloudtrail").generate_query, EventDataStores=["arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/EXAMPLE-f852-4e8f-8bd1-bcf6cEXAMPLE"], Prompt="who signed in")

iam.delete_role_policy(RoleName="reader", PolicyName="read")
iam.delete_role(RoleName="reader")
seen["deleted role's session"] = refused(boto3.client("sts", **session).get_caller_identity)
print(json.dumps(seen))
