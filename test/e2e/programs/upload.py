"""Puts a stream of a size through boto3 and reads it back: multipart with trailing checksums, and a single put. Prints what came back."""
import hashlib, io, json, sys
import boto3

bucket = sys.argv[1]
s3 = boto3.client('s3')
large = bytes(range(256)) * 4096 * 18  # 18 MiB
s3.upload_fileobj(io.BytesIO(large), bucket, 'boto/large')
s3.put_object(Bucket=bucket, Key='boto/small ünïcode+&=.txt', Body=b'small', Metadata={'colour': 'green'}, ChecksumAlgorithm='SHA256')
back = s3.get_object(Bucket=bucket, Key='boto/large')['Body'].read()
small = s3.get_object(Bucket=bucket, Key='boto/small ünïcode+&=.txt')
s3.copy_object(Bucket=bucket, Key='boto/copy', CopySource={'Bucket': bucket, 'Key': 'boto/small ünïcode+&=.txt'})
removed = s3.delete_objects(Bucket=bucket, Delete={'Objects': [{'Key': 'boto/copy'}, {'Key': 'boto/nothing'}]})
print(json.dumps({
    'same': hashlib.sha256(back).digest() == hashlib.sha256(large).digest(),
    'small': small['Body'].read().decode(),
    'metadata': small['Metadata'],
    'keys': sorted(o['Key'] for o in s3.list_objects_v2(Bucket=bucket, Prefix='boto/')['Contents']),
    'removed': len(removed['Deleted']),
}))
