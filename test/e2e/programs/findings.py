"""Pages through an analyzer's findings with boto3's paginator. Prints the size of each page and the resources as JSON."""

import json
import sys

import boto3

pages = (
    boto3.client("accessanalyzer")
    .get_paginator("list_findings_v2")
    .paginate(analyzerArn=sys.argv[1], PaginationConfig={"PageSize": 2})
)
found = [[finding["resource"] for finding in page["findings"]] for page in pages]
print(json.dumps({"pages": [len(page) for page in found], "resources": sum(found, [])}))
