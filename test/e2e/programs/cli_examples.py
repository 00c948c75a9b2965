"""Runs examples of the AWS CLI's own reference as they are printed, with the CLI in this process.

Reads steps as JSON: {"run": words} to prepare, or {"example": "create-cluster 2", "with": {text: other text}, "save": {name: member.path}}.
Prints the names of all pages, and what each step answered, beside what the reference prints. ${name} stands for what was saved.
"""

import contextlib
import functools
import io
import json
import os
import pathlib
import shlex
import sys
import time

import awscli
import botocore.waiter
from awscli.clidriver import create_clidriver

os.chdir(os.environ["HOME"])
pathlib.Path("config").write_text("[default]\ncli_timestamp_format = iso8601\n")
os.environ["AWS_CONFIG_FILE"] = "config"

folder = pathlib.Path(awscli.__file__).parent / "examples" / sys.argv[1]

# Accounts and regions of the pages, which are not all of one.
here = {"012345678910": "111122223333", "us-west-2": os.environ["AWS_DEFAULT_REGION"]}


def blocks(text):
    """The indented parts of a page, each with the line before it."""
    found, before, block = [], "", []
    for line in [*text.split("\n"), "end"]:
        if line.startswith(" "):
            block.append(line)
        elif not line.strip():
            block.append("")
        else:
            if any(block):
                found.append((before, "\n".join(block)))
            before, block = line, []
    return found


def unindented(block):
    lines = block.strip("\n").rstrip().split("\n")
    margin = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    return "\n".join(line[margin:] for line in lines)


@functools.cache
def examples(page):
    """The commands of a page, each with the files and the output that follow it."""
    found = []
    for before, block in blocks((folder / f"{page}.rst").read_text()):
        text = replaced(unindented(block), here)
        if text.startswith("aws "):
            found.append({"command": text, "files": {}, "output": None})
        elif before.startswith("Contents of ``"):
            found[-1]["files"][before.split("``")[1]] = text
        elif before.startswith("Output"):
            found[-1]["output"] = text
    return found


def replaced(text, words):
    for word, other in words.items():
        text = text.replace(word, other)
    return text


driver = create_clidriver()


def call(command):
    """Exit code and what was printed."""
    out, err = io.StringIO(), io.StringIO()
    words = shlex.split(command.replace("\\\n", " "))[1:]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = driver.main(words)
        except SystemExit as end:
            code = end.code
    return code or 0, out.getvalue(), err.getvalue()


def member(answer, path):
    for name in path.split("."):
        answer = answer[int(name)] if isinstance(answer, list) else answer[name]
    return answer


def run(step, saved):
    if "example" not in step:
        command, output = f"aws {replaced(step['run'], saved)}", None
    else:
        page, _, number = step["example"].partition(" ")
        example = examples(page)[int(number or 1) - 1]
        words = {word: replaced(other, saved) for word, other in step.get("with", {}).items()}
        command, output = (text and replaced(text, words) for text in (example["command"], example["output"]))
        for name, content in example["files"].items():
            pathlib.Path(name).write_text(content)
    code, out, err = call(command)
    if code == 0:
        for name, path in step.get("save", {}).items():
            saved[f"${{{name}}}"] = member(json.loads(out), path)
    return {"command": command, "code": code, "out": out, "err": err, "documented": output}


# Waiters look again half a minute later.
pause = time.sleep
botocore.waiter.time.sleep = lambda _seconds: pause(0.2)

saved = {}
pages = [str(page.relative_to(folder))[: -len(".rst")] for page in folder.rglob("[!_]*.rst")]
print(json.dumps({"pages": pages, "results": [run(step, saved) for step in json.load(sys.stdin)]}))
