"""Calls with boto3's default credentials for some seconds, in some threads. Prints what it saw as JSON for the test to judge.

A third argument, in seconds, takes the place of the ten and fifteen minutes before an end in which botocore renews, as sessions here are shorter than those.
"""
import json, sys, threading, time
import boto3, botocore.credentials

seconds, threads = int(sys.argv[1]), int(sys.argv[2])
if len(sys.argv) > 3:
    window = int(sys.argv[3])
    credentials = botocore.credentials.RefreshableCredentials
    credentials._mandatory_refresh_timeout, credentials._advisory_refresh_timeout = window, 2 * window
    botocore.credentials.CachedCredentialFetcher.DEFAULT_EXPIRY_WINDOW_SECONDS = window
end = time.monotonic() + seconds
session = boto3.Session()
sts = session.client("sts")
seen, failures, calls = set(), [], [0]


def work():
    while time.monotonic() < end and not failures:
        try:
            sts.get_caller_identity()
            calls[0] += 1
            seen.add(session.get_credentials().get_frozen_credentials().access_key)
            time.sleep(0.02 * threads if threads > 10 else 0.2)
        except Exception as problem:
            failures.append(str(problem))


workers = [threading.Thread(target=work) for _ in range(threads)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
arn = "" if failures else sts.get_caller_identity()["Arn"]
print(json.dumps({"arn": arn, "calls": calls[0], "sessions": len(seen), "failures": failures}))
