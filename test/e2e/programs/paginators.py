"""Every paginator that boto3 has for IAM, an item a page, beside the same in one page. Prints what each gave."""

import json
import subprocess
import tempfile
import time

import boto3

from totp import code

iam = boto3.client("iam")
sts = boto3.client("sts")
account = sts.get_caller_identity()["Account"]


def certificate(name):
    with tempfile.TemporaryDirectory() as folder:
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}"]
        subprocess.run([*command, "-keyout", f"{folder}/key", "-out", f"{folder}/cert"], check=True, capture_output=True)
        public = subprocess.run(["openssl", "x509", "-in", f"{folder}/cert", "-pubkey", "-noout"], check=True, capture_output=True, text=True)
        with open(f"{folder}/cert") as cert, open(f"{folder}/key") as key:
            return cert.read(), key.read(), public.stdout


document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]})
trust = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}]})
tags = [{"Key": key, "Value": "x"} for key in ("a", "b", "c")]
arn = f"arn:aws:iam::{account}"

iam.create_account_alias(AccountAlias="pages-of-one")
for name in ("one", "two", "three"):
    iam.create_user(UserName=name, Tags=tags)
    iam.create_group(GroupName=name)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=tags)
    iam.create_policy(PolicyName=name, PolicyDocument=document, Tags=tags)
    iam.create_instance_profile(InstanceProfileName=name, Tags=tags)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="one")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name, Tags=tags)["VirtualMFADevice"]
    step = int(time.time()) // 30
    codes = [code(device["Base32StringSeed"], at) for at in (step - 1, step)]
    iam.enable_mfa_device(
        UserName="one", SerialNumber=device["SerialNumber"], AuthenticationCode1=codes[0], AuthenticationCode2=codes[1]
    )
    cert, key, public = certificate(name)
    iam.upload_server_certificate(ServerCertificateName=name, CertificateBody=cert, PrivateKey=key, Tags=tags)
    iam.put_user_policy(UserName="one", PolicyName=name, PolicyDocument=document)
for name in ("one", "two", "three"):
    iam.add_user_to_group(GroupName="one", UserName=name)
    if name != "one":
        iam.add_user_to_group(GroupName=name, UserName="one")
    iam.put_group_policy(GroupName="one", PolicyName=name, PolicyDocument=document)
    iam.put_role_policy(RoleName="one", PolicyName=name, PolicyDocument=document)
    iam.attach_user_policy(UserName="one", PolicyArn=f"{arn}:policy/{name}")
    iam.attach_group_policy(GroupName="one", PolicyArn=f"{arn}:policy/{name}")
    iam.attach_role_policy(RoleName="one", PolicyArn=f"{arn}:policy/{name}")
for _ in range(2):
    iam.create_access_key(UserName="one")
    iam.create_policy_version(PolicyArn=f"{arn}:policy/one", PolicyDocument=document)
    cert, key, public = certificate("signing")
    iam.upload_signing_certificate(UserName="one", CertificateBody=cert)
    iam.upload_ssh_public_key(UserName="one", SSHPublicKeyBody=public)
provider = iam.create_open_id_connect_provider(Url="https://id.example.com", ClientIDList=["x"], ThumbprintList=["0" * 40], Tags=tags)
body = "".join(line for line in cert.splitlines() if "CERTIFICATE" not in line)
metadata = f"""<?xml version="1.0"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://id.example.com/saml">
<md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://id.example.com/sso"/>
</md:IDPSSODescriptor></md:EntityDescriptor>"""
saml = iam.create_saml_provider(Name="one", SAMLMetadataDocument=metadata, Tags=tags)

of_user = {"UserName": "one"}
of_group = {"GroupName": "one"}
of_role = {"RoleName": "one"}
of_policy = {"PolicyArn": f"{arn}:policy/one"}
simulated = {"ActionNames": ["s3:ListAllMyBuckets", "s3:GetObject", "iam:GetUser"], "ResourceArns": ["*"]}
arguments = {
    "ListAccessKeys": of_user,
    "ListAttachedGroupPolicies": of_group,
    "ListAttachedRolePolicies": of_role,
    "ListAttachedUserPolicies": of_user,
    "ListEntitiesForPolicy": of_policy,
    "ListGroupPolicies": of_group,
    "GetGroup": of_group,
    "ListGroupsForUser": of_user,
    "ListInstanceProfileTags": {"InstanceProfileName": "one"},
    "ListInstanceProfilesForRole": of_role,
    "ListMFADeviceTags": {"SerialNumber": f"{arn}:mfa/one"},
    "ListMFADevices": of_user,
    "ListOpenIDConnectProviderTags": {"OpenIDConnectProviderArn": provider["OpenIDConnectProviderArn"]},
    "ListPolicies": {"Scope": "Local"},
    "ListPolicyTags": of_policy,
    "ListPolicyVersions": of_policy,
    "ListRolePolicies": of_role,
    "ListRoleTags": of_role,
    "ListSAMLProviderTags": {"SAMLProviderArn": saml["SAMLProviderArn"]},
    "ListServerCertificateTags": {"ServerCertificateName": "one"},
    "ListSigningCertificates": of_user,
    "ListSSHPublicKeys": of_user,
    "ListUserPolicies": of_user,
    "ListUserTags": of_user,
    "GetAccountAuthorizationDetails": {"Filter": ["User", "Group", "Role", "LocalManagedPolicy"]},
    "SimulateCustomPolicy": {"PolicyInputList": [document], **simulated},
    "SimulatePrincipalPolicy": {"PolicySourceArn": f"{arn}:user/one", **simulated},
}

operations = boto3.session.Session()._session.get_component("data_loader").load_service_model("iam", "paginators-1")["pagination"]
methods = {operation: method for method, operation in iam.meta.method_to_api_mapping.items()}


def items(operation, size):
    """The items of all pages, by the lists that they are in, and how many pages had some."""
    found = {}
    pages = 0
    keys = operations[operation]["result_key"]
    for page in iam.get_paginator(methods[operation]).paginate(**arguments.get(operation, {}), PaginationConfig={"PageSize": size}):
        lists = {key: page.get(key, []) for key in ([keys] if isinstance(keys, str) else keys)}
        pages += any(lists.values())
        for key, values in lists.items():
            found.setdefault(key, []).extend(values)
    return found, pages


print(
    json.dumps(
        {
            operation: {
                "same": (one := items(operation, 1))[0] == items(operation, 1000)[0],
                "items": sum(map(len, one[0].values())),
                "pages": one[1],
            }
            for operation in sorted(operations)
        }
    )
)
