#!/usr/bin/env python3
"""Writes src/services/cloudformation/types/published-schemas.json: what CloudFormation's published schemas say of the types that stacks hold.

Facts only, no documentation text. The schemas come from the cfn-lint release pinned below, from PyPI, into the cache folder.
"""
import json, os, pathlib, subprocess, sys, zipfile

CFN_LINT = '1.58.0'
ROOT = pathlib.Path(__file__).resolve().parent.parent
OUTPUT = ROOT / 'src' / 'services' / 'cloudformation' / 'types' / 'published-schemas.json'
CACHE = pathlib.Path(os.environ.get('GATEHOUSE_CACHE') or pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache') / 'gatehouse') / 'cfn-lint'

OTHERS = ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'AWS::CloudTrail::Trail', 'AWS::AccessAnalyzer::Analyzer', 'AWS::CloudFormation::Stack',
          'AWS::CloudFormation::WaitConditionHandle']

# Of a type whose properties we know but some of, only those: the rest is large.
WHOLE_BUT = {'AWS::S3::Bucket': {'BucketName', 'PublicAccessBlockConfiguration', 'OwnershipControls', 'BucketEncryption', 'Tags'}}

# What a value may be, and what bounds it. Patterns are left out: services hold values against their own.
BOUNDS = ('enum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'minimum', 'maximum', 'uniqueItems')

def wheel():
    CACHE.mkdir(parents=True, exist_ok=True)
    found = list(CACHE.glob(f'cfn_lint-{CFN_LINT}-*.whl'))
    if not found:
        subprocess.run([sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps', f'cfn-lint=={CFN_LINT}', '-d', str(CACHE)], check=True)
        found = list(CACHE.glob(f'cfn_lint-{CFN_LINT}-*.whl'))
    return zipfile.ZipFile(found[0])

def node(value, definitions, path=()):
    """A value's schema, definitions in their places."""
    while '$ref' in value:
        name = value['$ref'].rsplit('/', 1)[1]
        if name in path: raise SystemExit(f'{name} holds itself')
        path, value = path + (name,), definitions[name]
    types = value.get('type') or ('object' if 'properties' in value else 'array' if 'items' in value else None)
    out = {'type': types if isinstance(types, str) or types is None else sorted(types)}
    out.update({key: value[key] for key in BOUNDS if value.get(key) not in (None, False)})
    if 'items' in value: out['items'] = node(value['items'], definitions, path)
    if 'properties' in value:
        out['properties'] = {name: node(each, definitions, path) for name, each in sorted(value['properties'].items())}
        if value.get('required'): out['required'] = value['required']
    return {key: each for key, each in out.items() if each is not None}

def names(schema, kind):
    return sorted(path.removeprefix('/properties/').replace('/', '.') for path in schema.get(kind, []))

def published(name, schema):
    attributes = names(schema, 'readOnlyProperties')
    given = {key: value for key, value in schema['properties'].items() if key not in attributes}
    kept = WHOLE_BUT.get(name)
    return {
        'properties': {key: node(value, schema.get('definitions', {})) if kept is None or key in kept else {} for key, value in sorted(given.items())},
        'required': sorted(schema.get('required', [])),
        'replaces': [path for path in names(schema, 'createOnlyProperties')],
        'attributes': attributes,
        'systemTags': (schema.get('tagging') or {}).get('cloudFormationSystemTags', False),
    }

archive = wheel()
index = json.loads(archive.read('cfnlint/data/schemas/providers/us-east-1.json'))
wanted = sorted([name for name in index if name.startswith(('AWS::IAM::', 'AWS::EKS::'))] + OTHERS)
types = {name: published(name, json.loads(archive.read(f'cfnlint/data/schemas/resources/{index[name]}.json'))) for name in wanted}
lines = ',\n'.join(f'{json.dumps(name)}: {json.dumps(types[name], separators=(",", ":"))}' for name in wanted)
OUTPUT.write_text(f'{{\n{lines}\n}}\n')
print(f'{len(types)} types of resources')
