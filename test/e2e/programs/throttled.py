"""Calls services faster than they may be called: boto3 in its standard retry mode waits and succeeds. Prints what each gave, and how often it was tried again."""

import json
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config

patient = Config(retries={"mode": "standard", "max_attempts": 10})
session = boto3.session.Session()
calls = {
    "sts": lambda client: client.get_caller_identity(),
    "ec2": lambda client: client.describe_regions(),
    "eks": lambda client: client.list_clusters(),
    "s3": lambda client: client.list_buckets(),
    "cloudtrail": lambda client: client.list_trails(),
}
seen = {}
for service, call in calls.items():
    client = session.client(service, config=patient)
    # A machine that is busy with other things may not call fast enough at first.
    for _ in range(10):
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: call(client)["ResponseMetadata"], range(16)))
        if any(answer["RetryAttempts"] for answer in answers):
            break
    seen[service] = {
        "succeeded": sum(answer["HTTPStatusCode"] == 200 for answer in answers),
        "tried again": sum(answer["RetryAttempts"] for answer in answers) > 0,
    }

impatient = session.client("sts", config=Config(retries={"mode": "standard", "total_max_attempts": 1}))
codes = set()
for _ in range(40):
    try:
        impatient.get_caller_identity()
    except impatient.exceptions.ClientError as error:
        codes.add((error.response["Error"]["Code"], error.response["Error"]["Message"]))
seen["refused"] = sorted(codes)
print(json.dumps(seen))
