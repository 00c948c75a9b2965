"""
The examples of the AWS CLI's own reference, as they are installed with it (awscli/examples), run by its own parser in this one process.

Reads from standard input worlds: what must be there before, and the examples that are run in it. Prints of each command what the reference shows and
what was printed here.
"""

import contextlib
import io
import json
import os
import re
import shlex
import ssl
import subprocess
import sys
import time
import urllib.request

import awscli
import jmespath
from awscli.clidriver import create_clidriver
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from totp import code

reference = os.path.join(os.path.dirname(awscli.__file__), "examples")
settings = json.load(open(os.path.join(os.environ["GATEHOUSE_DATA"], "client.json")))
context = ssl.create_default_context(cafile=settings["certificateAuthorityFile"])
driver = create_clidriver()


def blocks(example):
    """The literal blocks of an example's page, each with the line before it."""
    lead, block, found = "", [], []
    for line in [*open(os.path.join(reference, f"{example}.rst"), encoding="utf-8"), "end"]:
        if line.strip() and not line[0].isspace():
            if block:
                found.append((lead, "".join(block)))
            lead, block = line.strip(), []
        elif line.strip() or block:
            block.append(line)
    return found


def steps(example):
    """The commands of a page, each with the output and the files that the page shows with it."""
    found = []
    for lead, text in blocks(example):
        if re.match(r"\s*aws[ -](iam|sts)\s", text):
            found.append({"command": re.sub(r"\s*\\?\n\s*", " ", text).strip(), "files": {}, "output": None})
        elif found and lead.startswith("Output"):
            found[-1]["output"] = text
        elif found and (name := re.search(r"[\w-]+\.json", lead) or re.search(r"(?<=> )[\w-]+\.json$", found[-1]["command"])):
            found[-1]["files"][name.group()] = text
        elif found and found[-1]["output"] is None and text.lstrip().startswith("{"):
            found[-1]["output"] = text
    return found


def run(words):
    """The status and both outputs of one command of the AWS CLI."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = driver.main(words)
        except SystemExit as end:
            status = end.code
    return status, out.getvalue(), err.getvalue()


def ask(request):
    return json.load(urllib.request.urlopen(request, context=context, timeout=10))


def reset():
    """Back to the first start, as `gatehouse reset` does it."""
    url = f"{settings['endpoint']}/_gatehouse/state"
    headers = {"authorization": f"Bearer {settings['ownerToken']}", "content-type": "application/json"}
    finished = ask(urllib.request.Request(url, b'{"kind": "reset"}', headers))["finished"]
    for _ in range(400):
        time.sleep(0.02)
        with contextlib.suppress(OSError):
            if ask(urllib.request.Request(url, None, headers))["finished"] != finished:
                return
    raise SystemExit("the reset did not finish")


def security_key(user, name):
    """Registers a key as the console does. Returns the last part of its serial number."""
    key = {"credentialId": "a2V5", "publicKey": "a2V5", "counter": 0, "transports": ["usb"], "rpId": "localhost"}
    url = f"{settings['endpoint']}/security-keys"
    request = AWSRequest("POST", url, {"content-type": "application/json"}, json.dumps({"userName": user, "name": name, **key}))
    SigV4Auth(driver.session.get_credentials(), "gatehouse-security-keys", "us-east-1").add_auth(request)
    answer = ask(urllib.request.Request(url, request.body, dict(request.prepare().headers)))
    return answer["serialNumber"].rsplit("/", 1)[-1]


def as_somebody(words):
    """Runs one command with other credentials: two or three words, then the command."""
    service = next(at for at, word in enumerate(words) if word in ("iam", "sts"))
    session = dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), words[:service]))
    subprocess.run([sys.executable, "-m", "awscli", *words[service:]], env={**os.environ, **session}, check=True, capture_output=True)


class World:
    """What stands in the place of what the examples name, such as an access key's id."""

    def __init__(self, names):
        self.names = dict(names)
        self.seeds = {}

    def replaced(self, text):
        for name, value in self.names.items():
            rest = r'[^\s"]*' if name.endswith("*") else r"(?!\w)"
            text = re.sub(rf"(?<!\w){re.escape(name.rstrip('*'))}{rest}", lambda _, value=value: value, text)
        return re.sub(r"(?<=:)(?:210987654321|452925170507)(?=:)", settings["account"], text)

    def given(self, line):
        line, _, saved = line.partition(" -> ")
        words = shlex.split(self.replaced(line))
        saved = dict(each.split("=", 1) for each in filter(None, saved.split("; ")))
        if words[0] == "code":
            self.names[shlex.split(line)[2]] = code(self.seeds[words[1]], int(time.time()) // 30 + int(words[3]))
            return
        if words[0] == "security-key":
            serial = security_key(words[1], words[2])
            self.names.update({name: serial for name in saved})
            return
        if words[0] == "with":
            as_somebody(words[1:])
            return
        status, out, err = run(words)
        refusals = {name: query[1:-1] for name, query in saved.items() if query.startswith("/")}
        if bool(status) != bool(refusals):
            raise SystemExit(f"{line}: {err}")
        if words[1] == "create-virtual-mfa-device":
            self.seeds[words[words.index("--virtual-mfa-device-name") + 1]] = open("seed").read()
        for name, query in saved.items():
            self.names[name] = re.search(refusals[name], err).group(1) if refusals else jmespath.search(query, json.loads(out))

    def command(self, example, step):
        command, _, written = step["command"].partition(" > ")
        if not written:
            for file, content in step["files"].items():
                open(file, "w").write(self.replaced(content))
        status, out, err = run(shlex.split(self.replaced(command.replace("aws-iam", "aws iam")))[1:])
        if written:
            open(written, "w").write(self.replaced(next(iter(step["files"].values()), out)))
            out = ""
        return {"example": example, "command": step["command"], "documented": step["output"] and self.replaced(step["output"]), "status": status, "printed": out, "problem": err}


def made(described):
    reset()
    world = World(described.get("names", {}))
    for line in described["given"]:
        world.given(line)
    return world


def certificate(name, issuer=None):
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}"]
    by = ["-CA", issuer, "-CAkey", f"{issuer}.key"] if issuer else []
    subprocess.run([*command, *by, "-keyout", f"{name}.key", "-out", name], check=True, capture_output=True)


def prepare(files):
    """The files that the examples name."""
    for name, content in files.items():
        open(name, "w").write(content)
    os.makedirs("C:", exist_ok=True)
    certificate("certificate.pem")
    certificate("my_certificate_chain_file.pem")
    certificate("public_key_cert_file.pem", "my_certificate_chain_file.pem")
    os.rename("public_key_cert_file.pem.key", "my_private_key.pem")
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-N", "", "-f", "sshkey"], check=True)


def results(worlds):
    for described in worlds:
        world = None
        for entry in described["examples"]:
            entry = {"example": entry} if isinstance(entry, str) else entry
            if described.get("each"):
                for step in steps(entry["example"]):
                    yield made(described).command(entry["example"], step)
                continue
            world = world or made(described)
            world.names.update(entry.get("names", {}))
            for line in entry.get("given", []):
                world.given(line)
            for step in steps(entry["example"]):
                yield world.command(entry["example"], step)


described = json.load(sys.stdin)
prepare(described["files"])
folders = {folder: os.path.join(reference, folder) for folder in ("iam", "iam/wait", "sts")}
pages = [f"{folder}/{name[:-4]}" for folder, path in folders.items() for name in sorted(os.listdir(path)) if name.endswith(".rst")]
print(json.dumps({"pages": pages, "results": list(results(described["worlds"]))}))
