#!/usr/bin/env python3
"""Writes src/wire/models/<service>.{json,ts} from botocore's service models: facts only, no documentation text.

The models come from the botocore release pinned below, from PyPI, into the cache folder. Run with `npm run generate`.
"""
import base64, gzip, json, os, re, subprocess, sys, pathlib, zipfile

BOTOCORE = '1.44.8'
ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get('GATEHOUSE_CACHE') or os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'), 'gatehouse'))

# Our service folder: (botocore folder, operations to serve or None for all)
SERVICES = {
    'iam': ('iam', None), 'sts': ('sts', None), 'eks': ('eks', None), 'eks-auth': ('eks-auth', None),
    'cloudtrail': ('cloudtrail', None), 'cloudtrail-data': ('cloudtrail-data', None), 'access-analyzer': ('accessanalyzer', None), 'organizations': ('organizations', None),
    'cloudformation': ('cloudformation', None),
    's3': ('s3', {
        'ListBuckets', 'CreateBucket', 'HeadBucket', 'DeleteBucket', 'GetBucketLocation', 'GetBucketAcl', 'PutBucketPolicy', 'GetBucketPolicy', 'DeleteBucketPolicy',
        'GetBucketPolicyStatus', 'PutPublicAccessBlock', 'GetPublicAccessBlock', 'DeletePublicAccessBlock', 'PutBucketTagging', 'GetBucketTagging',
        'DeleteBucketTagging', 'PutBucketVersioning', 'GetBucketVersioning', 'PutBucketOwnershipControls', 'GetBucketOwnershipControls',
        'DeleteBucketOwnershipControls', 'GetBucketEncryption', 'PutBucketEncryption', 'DeleteBucketEncryption',
        'GetBucketCors', 'GetBucketWebsite', 'GetBucketLogging', 'GetBucketAccelerateConfiguration', 'GetBucketRequestPayment',
        'GetBucketLifecycleConfiguration', 'GetBucketReplication', 'GetObjectLockConfiguration', 'GetBucketNotificationConfiguration',
        'ListObjectsV2', 'ListObjects', 'PutObject', 'GetObject', 'HeadObject', 'DeleteObject', 'DeleteObjects', 'CopyObject', 'PutObjectTagging',
        'GetObjectTagging', 'DeleteObjectTagging', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload', 'AbortMultipartUpload',
        'ListMultipartUploads', 'ListParts'}),
    'ec2': ('ec2', {
        'RunInstances', 'DescribeInstances', 'TerminateInstances', 'AssociateIamInstanceProfile', 'DescribeIamInstanceProfileAssociations',
        'DisassociateIamInstanceProfile', 'ReplaceIamInstanceProfileAssociation', 'ModifyInstanceMetadataOptions', 'ModifyInstanceMetadataDefaults',
        'GetInstanceMetadataDefaults', 'DescribeRegions', 'DescribeAvailabilityZones', 'DescribeVpcs', 'DescribeSubnets', 'DescribeSecurityGroups',
        'CreateTags', 'DeleteTags', 'DescribeTags'}),
}

# What S3 calls the root element of an answer where it is not the output shape's name, which botocore's model leaves out. Amazon S3 API Reference, by operation.
OUTPUT_NAMES = {'s3': {
    'ListBuckets': 'ListAllMyBucketsResult', 'ListObjects': 'ListBucketResult', 'ListObjectsV2': 'ListBucketResult', 'GetBucketLocation': 'LocationConstraint',
    'DeleteObjects': 'DeleteResult', 'GetBucketAcl': 'AccessControlPolicy', 'CreateMultipartUpload': 'InitiateMultipartUploadResult', 'CompleteMultipartUpload': 'CompleteMultipartUploadResult',
    'ListMultipartUploads': 'ListMultipartUploadsResult', 'ListParts': 'ListPartsResult', 'GetBucketTagging': 'Tagging', 'GetObjectTagging': 'Tagging',
    'GetBucketVersioning': 'VersioningConfiguration', 'GetBucketLogging': 'BucketLoggingStatus', 'GetBucketAccelerateConfiguration': 'AccelerateConfiguration',
    'GetBucketRequestPayment': 'RequestPaymentConfiguration', 'GetBucketNotificationConfiguration': 'NotificationConfiguration'}}

# Services that `--upstream NAME=URL` passes on without a model file: only what requests look like.
UPSTREAMS = ['dynamodb', 'ecr', 'events', 'kinesis', 'kms', 'lambda', 's3', 'secretsmanager', 'sns', 'sqs', 'ssm', 'logs']

def wheel():
    folder = CACHE / 'botocore'
    found = list(folder.glob(f'botocore-{BOTOCORE}-*.whl'))
    if not found:
        subprocess.run([sys.executable, '-m', 'pip', 'download', '--quiet', '--no-deps', f'botocore=={BOTOCORE}', '-d', str(folder)], check=True)
        found = list(folder.glob(f'botocore-{BOTOCORE}-*.whl'))
    return zipfile.ZipFile(found[0])

def load(archive, service, kind):
    names = sorted(n for n in archive.namelist() if n.startswith(f'botocore/data/{service}/') and re.search(rf'/{kind}\.json(\.gz)?$', n))
    if not names: return None
    data = archive.read(names[-1])
    return json.loads(gzip.decompress(data) if names[-1].endswith('.gz') else data)

def clean(d): return {k: v for k, v in d.items() if v not in (None, False, [])}

def member(ref):
    return clean({'shape': ref['shape'], 'location': ref.get('location'), 'name': ref.get('locationName'), 'flattened': ref.get('flattened'),
                  'queryName': ref.get('queryName'), 'xmlNamespace': (ref.get('xmlNamespace') or {}).get('uri'), 'xmlAttribute': ref.get('xmlAttribute'), 'timestampFormat': ref.get('timestampFormat'), 'streaming': ref.get('streaming'),
                  'jsonvalue': ref.get('jsonvalue'), 'idempotencyToken': ref.get('idempotencyToken')})

def shape(name, s, protocol):
    t = {'character': 'string', 'bigdecimal': 'double'}.get(s['type'], s['type'])
    if t == 'structure' and s.get('document'): return {'type': 'document'}
    if t == 'structure':
        e = None
        if s.get('exception') or s.get('error'):
            err = s.get('error', {})
            code = err.get('code') or name
            status = err.get('httpStatusCode') or (500 if s.get('fault') else 400)
            e = {'code': code, 'status': status, 'sender': err.get('senderFault', not s.get('fault', False))}
        return clean({'type': t, 'members': {k: member(v) for k, v in s.get('members', {}).items()}, 'required': s.get('required'), 'payload': s.get('payload'),
                      'error': e, 'union': s.get('union'), 'xmlNamespace': (s.get('xmlNamespace') or {}).get('uri'), 'sensitive': s.get('sensitive')})
    if t == 'list':
        return clean({'type': t, 'member': member(s['member']), 'flattened': s.get('flattened'), 'min': s.get('min'), 'max': s.get('max'), 'sensitive': s.get('sensitive')})
    if t == 'map':
        return clean({'type': t, 'key': member(s['key']), 'value': member(s['value']), 'flattened': s.get('flattened'), 'min': s.get('min'), 'max': s.get('max'), 'sensitive': s.get('sensitive')})
    return clean({'type': t, 'min': s.get('min'), 'max': s.get('max'), 'pattern': s.get('pattern'), 'enum': s.get('enum'), 'sensitive': s.get('sensitive'),
                  'timestampFormat': s.get('timestampFormat'), 'jsonvalue': s.get('jsonvalue'), 'streaming': s.get('streaming')})

def reachable(shapes, names):
    seen, todo = set(), [n for n in names if n]
    while todo:
        n = todo.pop()
        if n in seen: continue
        seen.add(n); s = shapes[n]
        for ref in list(s.get('members', {}).values()) + [s[k] for k in ('member', 'key', 'value') if k in s]: todo.append(ref['shape'])
    return seen

def convert(folder, source, only, archive):
    raw = load(archive, source, 'service-2'); pages = (load(archive, source, 'paginators-1') or {}).get('pagination', {})
    meta = raw['metadata']
    operations, roots = {}, []
    for name, op in raw['operations'].items():
        if only is not None and name not in only: continue
        page = pages.get(name)
        def first(x): return x[0] if isinstance(x, list) else x
        paging = page and clean({'input': first(page['input_token']), 'output': first(page['output_token']), 'limit': page.get('limit_key'),
                                 'result': page['result_key'] if isinstance(page['result_key'], list) else [page['result_key']]})
        unsigned = op.get('authtype') == 'none' or 'smithy.api#noAuth' in (op.get('auth') or [])
        operations[name] = clean({'method': op['http']['method'], 'uri': op['http']['requestUri'], 'status': op['http'].get('responseCode') if op['http'].get('responseCode') != 200 else None,
                                  'input': op.get('input', {}).get('shape'), 'output': op.get('output', {}).get('shape'), 'resultWrapper': op.get('output', {}).get('resultWrapper'),
                                  'inputName': op.get('input', {}).get('locationName'), 'outputName': OUTPUT_NAMES.get(folder, {}).get(name),
                                  'errors': [e['shape'] for e in op.get('errors', [])], 'unsigned': unsigned, 'paging': paging})
        roots += [op.get('input', {}).get('shape'), op.get('output', {}).get('shape')] + [e['shape'] for e in op.get('errors', [])]
    shapes = {n: shape(n, raw['shapes'][n], meta['protocol']) for n in sorted(reachable(raw['shapes'], roots))}
    model = clean({'service': folder, 'serviceId': meta['serviceId'], 'apiVersion': meta['apiVersion'], 'protocol': meta['protocol'], 'endpointPrefix': meta['endpointPrefix'],
                   'signingName': meta.get('signingName', meta['endpointPrefix']), 'jsonVersion': meta.get('jsonVersion'), 'targetPrefix': meta.get('targetPrefix'),
                   'xmlNamespace': meta.get('xmlNamespace') or ('http://s3.amazonaws.com/doc/2006-03-01/' if folder == 's3' else None), 'operations': operations, 'shapes': shapes})
    if folder == 's3': model['subresources'] = subresources(raw)
    out = ROOT / 'src/wire/models'
    (out / f'{folder}.json').write_text(json.dumps(model, separators=(',', ':'), ensure_ascii=True) + '\n')
    (out / f'{folder}.ts').write_text(types(folder, model))

def subresources(raw):
    """Query parameters that name what a request is about, in operations served or not: one that is not served must not be taken for another."""
    queries = [op['http']['requestUri'].partition('?')[2] for op in raw['operations'].values()]
    return sorted({part.partition('=')[0] for query in queries for part in query.split('&') if part} - {'list-type', 'x-id'})

METADATA = ['serviceId', 'apiVersion', 'protocol', 'protocols', 'endpointPrefix', 'signingName', 'jsonVersion', 'targetPrefix', 'xmlNamespace']
SHAPE = ['type', 'members', 'required', 'payload', 'member', 'key', 'value', 'flattened', 'sensitive', 'streaming', 'timestampFormat', 'jsonvalue', 'document', 'xmlNamespace']
REFERENCE = ['shape', 'location', 'locationName', 'queryName', 'flattened', 'xmlNamespace', 'xmlAttribute', 'timestampFormat', 'streaming', 'jsonvalue']

def requests_only(raw):
    """A model as botocore has it, without answers, documentation and constraints: src/server/upstreams/botocore-model.ts reads both."""
    def pick(d, names): return {k: d[k] for k in names if k in d}
    def trimmed(s):
        found = pick(s, SHAPE)
        if 'members' in found: found['members'] = {k: pick(v, REFERENCE) for k, v in found['members'].items()}
        for k in ('member', 'key', 'value'):
            if k in found: found[k] = pick(found[k], REFERENCE)
        return found
    operations = {name: clean({'http': pick(op['http'], ['method', 'requestUri']), 'input': pick(op.get('input', {}), ['shape', 'locationName'])}) for name, op in raw['operations'].items()}
    shapes = reachable(raw['shapes'], [op.get('input', {}).get('shape') for op in raw['operations'].values()])
    return {'metadata': pick(raw['metadata'], METADATA), 'operations': operations, 'shapes': {n: trimmed(raw['shapes'][n]) for n in sorted(shapes)}}

def upstream_models(archive):
    text = json.dumps({name: requests_only(load(archive, name, 'service-2')) for name in UPSTREAMS}, separators=(',', ':'))
    (ROOT / 'src/wire/models/upstream-models.json').write_text(json.dumps({'source': f'botocore {BOTOCORE}', 'gzip': base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()}) + '\n')

SIMPLE = {'string': 'string', 'integer': 'number', 'long': 'number', 'float': 'number', 'double': 'number', 'boolean': 'boolean', 'timestamp': 'Date', 'blob': 'Uint8Array', 'document': 'Json'}

def types(folder, model):
    shapes = model['shapes']
    def ts(name):
        s = shapes[name]
        if s['type'] == 'structure': return identifier(name)
        if s['type'] == 'list':
            inner = ts(s['member']['shape']); return f'readonly {inner}[]' if re.fullmatch(r'\w+', inner) else f'readonly ({inner})[]'
        if s['type'] == 'map': return f"{{ readonly [key: string]: {ts(s['value']['shape'])} }}"
        return SIMPLE[s['type']]
    def identifier(name): return {'Error': 'ErrorShape', 'Record': 'RecordShape', 'Operations': 'OperationsShape'}.get(name[0].upper() + name[1:], name[0].upper() + name[1:])
    lines = ['// Generated by scripts/generate-models.py; do not edit.', "import type { Json } from '../../types/json.ts'" if any(s['type'] == 'document' for s in shapes.values()) else None,
             "import type { ServiceModel } from '../model.ts'", f"import data from './{folder}.json' with {{ type: 'json' }}", '', f'export const model = data as unknown as ServiceModel', '']
    for name, s in shapes.items():
        if s['type'] != 'structure' or 'error' in s: continue
        required = set(s.get('required', []))
        if not s['members']: lines.append(f'export type {identifier(name)} = Record<string, never>'); continue
        lines.append(f'export interface {identifier(name)} {{')
        for k, m in s['members'].items():
            key = k if re.fullmatch(r'[A-Za-z_]\w*', k) else json.dumps(k)
            stream = ' | AsyncIterable<Uint8Array>' if m.get('streaming') else ''
            lines.append(f"  readonly {key}{'' if k in required else '?'}: {ts(m['shape'])}{stream}")
        lines.append('}')
    lines.append('export interface Operations {')
    for name, op in model['operations'].items():
        i = identifier(op['input']) if 'input' in op else 'Record<string, never>'
        o = identifier(op['output']) if 'output' in op else 'Record<string, never>'
        lines.append(f'  {name}: {{ input: {i}; output: {o} }}')
    lines.append('}')
    codes = sorted({s['error']['code'] for s in shapes.values() if 'error' in s})
    # EC2's model names no errors.
    lines.append('export type ErrorCode =\n' + '\n'.join(f"  | '{c}'" for c in codes) if codes else 'export type ErrorCode = never')
    return '\n'.join(l for l in lines if l is not None) + '\n'

if __name__ == '__main__':
    archive = wheel()
    for folder, (source, only) in SERVICES.items(): convert(folder, source, only, archive)
    upstream_models(archive)
