"""What the fixtures promise, with boto3."""

import boto3
import pytest
from botocore.exceptions import ClientError


def user_names():
    return [user["UserName"] for user in boto3.client("iam").list_users()["Users"]]


def test_clients_are_the_administrator(gatehouse):
    assert boto3.client("sts").get_caller_identity()["Arn"].endswith(":user/administrator")


@pytest.mark.parametrize("name", ["ann", "bob"])
def test_each_test_begins_as_the_first_did(fresh_gatehouse, name):
    assert user_names() == ["administrator"]
    boto3.client("iam").create_user(UserName=name)
    assert sorted(user_names()) == ["administrator", name]


def test_errors_are_those_of_aws(fresh_gatehouse):
    with pytest.raises(ClientError, match="NoSuchEntity"):
        boto3.client("iam").get_user(UserName="nobody")
