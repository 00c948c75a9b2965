"""What boto3 is told of changes that have not propagated, and how calls are decided meanwhile. The argument is the stage; prints what it saw as JSON."""

import json
import os
import sys
import time

import boto3
from botocore.exceptions import ClientError, WaiterError

folder = os.environ["HOME"]
iam = boto3.client("iam")
account = boto3.client("sts").get_caller_identity()["Account"]
document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}]})
trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}]})


def outcome(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"


def made(name):
    """A user with a key and a policy, and what else can be waited for."""
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    iam.put_user_policy(UserName=name, PolicyName="list", PolicyDocument=document)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.create_policy(PolicyName=name, PolicyDocument=document)
    iam.create_instance_profile(InstanceProfileName=name)
    with open(f"{folder}/{name}.json", "w") as file:
        json.dump({"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}, file)


def waited(name):
    """Which of the service's waiters are content at the first look."""
    waiters = {
        "user_exists": {"UserName": name},
        "role_exists": {"RoleName": name},
        "policy_exists": {"PolicyArn": f"arn:aws:iam::{account}:policy/{name}"},
        "instance_profile_exists": {"InstanceProfileName": name},
    }
    content = []
    for waiter, arguments in waiters.items():
        try:
            iam.get_waiter(waiter).wait(**arguments, WaiterConfig={"Delay": 0, "MaxAttempts": 1})
            content.append(waiter)
        except WaiterError as error:
            content.append(str(error))
    return content


def decided(name):
    """How calls with the user's key, and of the role, are decided."""
    with open(f"{folder}/{name}.json") as file:
        user = boto3.client("iam", **json.load(file))
    sts = boto3.client("sts")
    role = f"arn:aws:iam::{account}:role/{name}"
    return {
        "key": outcome(user.list_users),
        "role": outcome(sts.assume_role, RoleArn=role, RoleSessionName="session"),
    }


def removed(name):
    iam.update_access_key(UserName=name, AccessKeyId=iam.list_access_keys(UserName=name)["AccessKeyMetadata"][0]["AccessKeyId"], Status="Inactive")
    iam.delete_user_policy(UserName=name, PolicyName="list")
    iam.delete_role(RoleName=name)


stage = sys.argv[1]
seen = {}
if stage == "before":
    made("old")
if stage == "meanwhile":
    seen["nobody"] = waited("nobody")
    made("new")
    removed("old")
    seen["told"] = {"new": waited("new"), "old": waited("old"), "key": iam.list_access_keys(UserName="old")["AccessKeyMetadata"][0]["Status"]}
if stage == "soon":
    made("new")
    begun = time.monotonic()
    # As AWS tells programs to do: try again until the change has reached everywhere.
    while set(decided("new").values()) != {"done"} and time.monotonic() < begun + 60:
        time.sleep(0.2)
seen["decided"] = {name: decided(name) for name in ("old", "new") if os.path.exists(f"{folder}/{name}.json")}
print(json.dumps(seen))
