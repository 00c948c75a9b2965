"""A custom identity broker, step by step as the IAM User Guide has it: "Enable custom identity broker access to the AWS console"."""

import json
import os
import ssl
import sys
import urllib.parse
import urllib.request

import boto3

role_arn = sys.argv[1]
federation = os.environ["AWS_ENDPOINT_URL"] + "/federation"
context = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])

# Step 2: call AssumeRole to get temporary access keys for the federated user.
credentials = boto3.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="AssumeRoleSession")["Credentials"]

# Step 3: format the temporary credentials into JSON.
session = json.dumps(
    {
        "sessionId": credentials["AccessKeyId"],
        "sessionKey": credentials["SecretAccessKey"],
        "sessionToken": credentials["SessionToken"],
    }
)

# Step 4: ask the federation endpoint for a sign-in token, for a session of twelve hours.
parameters = "?Action=getSigninToken&SessionDuration=43200&Session=" + urllib.parse.quote_plus(session)
with urllib.request.urlopen(federation + parameters, context=context) as answer:
    signin_token = json.load(answer)

# Step 5: the URL by which people sign in to the console.
parameters = "?Action=login&Issuer=Example.org"
parameters += "&Destination=" + urllib.parse.quote_plus("https://console.aws.amazon.com/")
parameters += "&SigninToken=" + signin_token["SigninToken"]
print(federation + parameters)
