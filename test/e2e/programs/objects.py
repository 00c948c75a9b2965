"""Objects of S3 with boto3: large and small, pages, copies, metadata, presigned forms. Prints what was seen as JSON."""
import io, json, os, socket
import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

seen = {}
s3 = boto3.client("s3")


def refused(call, **parameters):
    try:
        call(**parameters)
    except ClientError as problem:
        return [problem.response["Error"]["Code"], problem.response["ResponseMetadata"]["HTTPStatusCode"]]
    return "not refused"


s3.create_bucket(Bucket="bucket-of-boto3")
s3.get_waiter("bucket_exists").wait(Bucket="bucket-of-boto3", WaiterConfig={"Delay": 1, "MaxAttempts": 3})
large = bytes(range(256)) * 48 * 1024
s3.upload_fileobj(io.BytesIO(large), "bucket-of-boto3", "large", Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
back = io.BytesIO()
s3.download_fileobj("bucket-of-boto3", "large", back)
seen["large comes back"] = back.getvalue() == large
seen["parts"] = s3.head_object(Bucket="bucket-of-boto3", Key="large")["ETag"].strip('"').split("-")[1]
for number in range(7):
    s3.put_object(Bucket="bucket-of-boto3", Key=f"many/{number} ä+&", Body=b"x" * number, Metadata={"number": str(number)}, ContentType="text/plain")
pages = s3.get_paginator("list_objects_v2").paginate(Bucket="bucket-of-boto3", Prefix="many/", PaginationConfig={"PageSize": 3})
seen["pages"] = [[entry["Size"] for entry in page["Contents"]] for page in pages]
s3.copy_object(Bucket="bucket-of-boto3", Key="copy", CopySource={"Bucket": "bucket-of-boto3", "Key": "many/5 ä+&"})
copy = s3.get_object(Bucket="bucket-of-boto3", Key="copy", Range="bytes=1-2")
seen["copy"] = [copy["Metadata"], copy["ContentType"], copy["ContentRange"], copy["Body"].read().decode()]
# Names below localhost are this machine (RFC 6761), which not every resolver knows.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *more: resolve("localhost" if str(host).endswith(".localhost") else host, *more)
by_host = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"].replace("localhost", "s3.localhost"), config=Config(s3={"addressing_style": "virtual"}))
seen["in the host"] = by_host.get_object(Bucket="bucket-of-boto3", Key="copy")["ContentLength"]
seen["missing"] = refused(s3.get_object, Bucket="bucket-of-boto3", Key="none")
seen["not empty"] = refused(s3.delete_bucket, Bucket="bucket-of-boto3")
keys = [{"Key": entry["Key"]} for entry in s3.list_objects_v2(Bucket="bucket-of-boto3")["Contents"]]
seen["deleted"] = len(s3.delete_objects(Bucket="bucket-of-boto3", Delete={"Objects": keys})["Deleted"])
s3.delete_bucket(Bucket="bucket-of-boto3")
seen["gone"] = refused(s3.head_bucket, Bucket="bucket-of-boto3")
print(json.dumps(seen))
