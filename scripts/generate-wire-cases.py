"""Writes the protocol test cases that Smithy publishes, and the shapes that they are about, in the form of our models: test/wire/smithy/*.json.

The cases are of software.amazon.smithy:smithy-aws-protocol-tests, as Maven Central has it: python3 scripts/generate-wire-cases.py JAR
"""
import json, re, sys, zipfile
from pathlib import Path

SERVICES = {
    'aws-query': ('aws.protocoltests.query#AwsQuery', 'query', None),
    'ec2-query': ('aws.protocoltests.ec2#AwsEc2', 'ec2', None),
    'aws-json-1-0': ('aws.protocoltests.json10#JsonRpc10', 'json', '1.0'),
    'aws-json-1-0-query-compatible': ('aws.protocoltests.json10#QueryCompatibleJsonRpc10', 'json', '1.0'),
    'aws-json-1-1': ('aws.protocoltests.json#JsonProtocol', 'json', '1.1'),
    'rest-json': ('aws.protocoltests.restjson#RestJson', 'rest-json', None),
    'rest-json-validation': ('aws.protocoltests.restjson.validation#RestJsonValidation', 'rest-json', None),
    'machine-learning': ('com.amazonaws.machinelearning#AmazonML_20141212', 'json', '1.1'),
    'api-gateway': ('com.amazonaws.apigateway#BackplaneControlService', 'rest-json', None),
    'glacier': ('com.amazonaws.glacier#Glacier', 'rest-json', None),
    'rest-xml': ('aws.protocoltests.restxml#RestXml', 'rest-xml', None),
    'rest-xml-namespace': ('aws.protocoltests.restxml.xmlns#RestXmlWithNamespace', 'rest-xml', None),
    's3': ('com.amazonaws.s3#AmazonS3', 'rest-xml', None),
}
# Operations of no service.
ALONE = {'rest-json': ['aws.protocoltests.misc#AcceptHeaderStarService']}
# No served service speaks these: their cases are not written.
NOT_SERVED = ['rpcv2Cbor']
TOKEN = re.compile(r'\s+|,|//[^\n]*|("""(?:\\.|[^\\])*?""")|("(?:\\.|[^"\\])*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(:=)|([A-Za-z_][\w.]*(?:#[\w$]+)?(?:\$\w+)?)|(.)', re.S)
SIMPLE = ['string', 'blob', 'integer', 'long', 'float', 'double', 'boolean', 'timestamp', 'document', 'byte', 'short', 'bigInteger', 'bigDecimal']
FORMATS = {'date-time': 'iso8601', 'http-date': 'rfc822', 'epoch-seconds': 'unixTimestamp'}


class Name(str):
    """A shape's name where a node stands."""


class Reader:
    """Reads Smithy's interface definition language. Smithy specification 2.0, "Smithy IDL"."""

    def __init__(self, text, shapes, applied):
        self.tokens = [(m.lastindex, m.group()) for m in TOKEN.finditer(text) if m.lastindex]
        self.at, self.shapes, self.applied, self.uses, self.space, self.suffixes = 0, shapes, applied, {}, '', ('Input', 'Output')

    def peek(self, ahead=0): return self.tokens[self.at + ahead][1] if self.at + ahead < len(self.tokens) else None
    def take(self):
        self.at += 1
        return self.tokens[self.at - 1][1]
    def expect(self, text):
        got = self.take()
        assert got == text, (got, text, self.tokens[self.at - 6:self.at + 4])
    def took(self, text):
        if self.peek() != text: return False
        self.at += 1
        return True

    def node(self):
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == 1: return block(text[3:-3])
        if kind == 2: return unescape(text[1:-1])
        if kind == 3: return float(text) if re.search('[.eE]', text) else int(text)
        if text == '[':
            items = []
            while not self.took(']'): items.append(self.node())
            return items
        if text == '{': return self.entries('}')
        assert kind == 5, (kind, text, self.tokens[self.at - 5:self.at + 5])
        return {'true': True, 'false': False, 'null': None}.get(text, Name(text))

    def entries(self, end):
        found = {}
        while not self.took(end):
            key = self.node()
            self.expect(':')
            found[str(key)] = self.node()
        return found

    def traits(self, most=None):
        found = {}
        while len(found) != most and self.took('@'):
            name = self.take().split('#')[-1]
            value = {}
            if self.took('('):
                if self.peek(1) == ':' and self.tokens[self.at][0] in (2, 5): value = self.entries(')')
                elif not self.took(')'):
                    value = self.node()
                    self.expect(')')
            found[name] = value
        return found

    def absolute(self, name):
        name = str(name)
        if '#' in name: return name
        if name in self.uses: return self.uses[name]
        return f'{self.space}#{name}'

    def mixins(self):
        if not self.took('with'): return []
        return [self.absolute(name) for name in self.node()]

    def members(self):
        self.expect('{')
        found = {}
        while not self.took('}'):
            traits = self.traits()
            name = self.take()
            target = self.absolute(self.take()) if self.took(':') else None
            value = self.node() if self.took('=') else None
            found[name] = {'target': target, 'traits': traits, **({'value': value} if value is not None else {})}
        return found

    def inline(self, name, suffix):
        traits = self.traits()
        identifier = f'{self.space}#{name}{suffix}'
        self.shapes[identifier] = {'type': 'structure', 'traits': traits, 'mixins': self.mixins(), 'members': self.members()}
        return identifier

    def shape(self, traits):
        kind, name = self.take(), self.take()
        identifier = f'{self.space}#{name}'
        shape = {'type': kind, 'traits': traits, 'mixins': self.mixins()}
        if kind in ('structure', 'union', 'list', 'set', 'map', 'enum', 'intEnum'): shape['members'] = self.members()
        elif kind == 'operation':
            self.expect('{')
            while not self.took('}'):
                key = self.take()
                if self.took(':='): shape[key] = self.inline(name, self.suffixes[key == 'output'])
                else:
                    self.expect(':')
                    value = self.node()
                    shape[key] = [self.absolute(v) for v in value] if isinstance(value, list) else self.absolute(value)
        elif kind in ('service', 'resource'):
            self.expect('{')
            shape.update(self.entries('}'))
            shape['operations'] = [self.absolute(v) for v in shape.get('operations', [])]
        self.shapes[identifier] = shape

    def read(self):
        while self.at < len(self.tokens):
            word = self.peek()
            if word == '$':
                self.take(), (key := self.take()), self.expect(':')
                value = self.node()
                if key == 'operationInputSuffix': self.suffixes = (value, self.suffixes[1])
                if key == 'operationOutputSuffix': self.suffixes = (self.suffixes[0], value)
            elif word == 'metadata': self.take(), self.take(), self.expect('='), self.node()
            elif word == 'namespace':
                self.take()
                self.space = self.take()
            elif word == 'use':
                self.take()
                name = self.take()
                self.uses[name.split('#')[1]] = name
            elif word == 'apply':
                self.take()
                target = self.absolute(self.take())
                braced = self.took('{')
                self.applied.append((target, self.traits(None if braced else 1)))
                if braced: self.expect('}')
            else: self.shape(self.traits())


def unescape(text): return re.sub(r'\\(u[0-9a-fA-F]{4}|\n|.)', lambda m: {'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f', '\n': ''}.get(m[1], chr(int(m[1][1:], 16)) if m[1][0] == 'u' and len(m[1]) == 5 else m[1]), text)


def block(text):
    lines = text.split('\n')[1:]
    used = [line for i, line in enumerate(lines) if line.strip() or i == len(lines) - 1]
    indent = min((len(line) - len(line.lstrip()) for line in used), default=0)
    return unescape('\n'.join(line[indent:].rstrip(' ') for line in lines))


def load(jar):
    shapes, applied = {}, []
    with zipfile.ZipFile(jar) as archive:
        for file in archive.namelist():
            if file.endswith('.smithy'): Reader(archive.read(file).decode(), shapes, applied).read()
    for target, traits in applied:
        if '$' in target:
            name, member = target.split('$')
            shapes[name]['members'][member]['traits'].update(traits)
        else: shapes[target]['traits'].update(traits)
    return shapes


def limits_of(traits):
    limits = {key: value for key, value in {**traits.get('length', {}), **traits.get('range', {})}.items() if key in ('min', 'max')}
    return {**limits, **({'pattern': traits['pattern']} if 'pattern' in traits else {})}


def namespace(traits):
    found = traits.get('xmlNamespace', {})
    return {ours: found[theirs] for ours, theirs in (('xmlNamespace', 'uri'), ('xmlNamespacePrefix', 'prefix')) if theirs in found}


class Converter:
    """From Smithy's shapes to our models'. src/wire/model.ts."""

    def __init__(self, shapes, protocol): self.shapes, self.protocol, self.out, self.names = shapes, protocol, {}, {}

    def kind(self, identifier):
        if identifier in self.shapes: return self.shapes[identifier]['type']
        name = identifier.split('#')[1].removeprefix('Primitive')
        return name[0].lower() + name[1:]

    def name(self, identifier):
        """Our name of a shape, which is written down where it was not yet. Shapes of the prelude are given a name of ours, too."""
        if identifier in self.names: return self.names[identifier]
        known = identifier in self.shapes
        name = identifier.split('#')[1]
        if not known: name = 'Prelude' + name.removeprefix('Primitive')
        while name in self.out: name += '_'
        self.names[identifier] = name
        self.out[name] = None
        self.out[name] = self.shape(identifier)
        return name

    def shape(self, identifier):
        shape = self.shapes.get(identifier, {'type': self.kind(identifier), 'traits': {}})
        kind, traits = shape['type'], shape['traits']
        limits = limits_of(traits)
        if kind in ('structure', 'union'): return self.structure(identifier, shape)
        flat = {'flattened': True} if 'xmlFlattened' in traits else {}
        if kind in ('list', 'set'):
            return {'type': 'list', 'member': self.member('member', shape['members']['member'], False), **flat, **limits, **({'sparse': True} if 'sparse' in traits else {})}
        if kind == 'map':
            return {'type': 'map', 'key': self.member('key', shape['members']['key'], False), 'value': self.member('value', shape['members']['value'], False), **flat, **limits, **({'sparse': True} if 'sparse' in traits else {})}
        if kind == 'enum': return {'type': 'string', 'enum': [m.get('value', n) for n, m in shape['members'].items()]}
        if kind == 'intEnum': return {'type': 'integer'}
        if kind == 'byte': return {'type': 'integer', 'bytes': 1, **limits}
        if kind == 'short': return {'type': 'integer', 'bytes': 2, **limits}
        if 'enum' in traits: limits['enum'] = [entry['value'] for entry in traits['enum']]
        if 'timestampFormat' in traits: limits['timestampFormat'] = FORMATS[traits['timestampFormat']]
        if 'mediaType' in traits and 'json' in traits['mediaType'] and kind == 'string': limits['jsonvalue'] = True
        if 'streaming' in traits: limits['streaming'] = True
        if kind == 'unit': return {'type': 'structure', 'members': {}}
        assert kind in SIMPLE, (identifier, kind)
        return {'type': kind, **limits}

    def all_members(self, shape):
        found = {}
        for mixin in shape['mixins']: found.update(self.all_members(self.shapes[mixin]))
        found.update(shape['members'])
        return found

    def all_traits(self, shape):
        found = {}
        for mixin in shape['mixins']: found.update(self.all_traits(self.shapes[mixin]))
        return {**found, **shape['traits']}

    def structure(self, identifier, shape):
        traits, members = self.all_traits(shape), self.all_members(shape)
        out = {'type': 'structure', 'members': {name: self.member(name, member, True) for name, member in members.items()}}
        required = [name for name, member in members.items() if 'required' in member['traits']]
        if required: out['required'] = required
        payload = [name for name, member in members.items() if 'httpPayload' in member['traits']]
        if payload: out['payload'] = payload[0]
        if shape['type'] == 'union': out['union'] = True
        out.update(namespace(traits))
        if 'error' in traits:
            code = traits.get('awsQueryError', {}).get('code', identifier.split('#')[1])
            status = traits.get('httpError', traits.get('awsQueryError', {}).get('httpResponseCode', 400 if traits['error'] == 'client' else 500))
            out['error'] = {'code': code, 'status': status, 'sender': traits['error'] == 'client'}
        return out

    def member(self, name, member, of_structure):
        traits, out = member['traits'], {'shape': self.name(member['target'])}
        limits = limits_of(traits)
        if limits:
            # Published models have constraints at shapes alone: a place with its own has a shape of its own.
            broader, out['shape'] = self.out[out['shape']], f"{out['shape']}At{name}"
            while out['shape'] in self.out: out['shape'] += '_'
            self.out[out['shape']] = {**{key: value for key, value in broader.items() if key not in ('min', 'max')}, **limits}
        items = self.shapes.get(member['target'], {'type': None})
        if 'xmlFlattened' in traits and items['type'] == 'list' and 'xmlName' in items['members']['member']['traits'] and self.protocol in ('query', 'ec2', 'rest-xml'):
            # Published models have lists of their own for flattened places: their items' name is the place's.
            out['shape'] += 'Of' + traits.get('xmlName', name)
            listed = self.out[self.name(member['target'])]
            self.out[out['shape']] = {**listed, 'member': {**listed['member'], 'name': traits.get('xmlName', name)}}
        places = {'httpLabel': 'uri', 'httpQuery': 'querystring', 'httpHeader': 'header', 'httpPrefixHeaders': 'headers', 'httpQueryParams': 'querystring'}
        if self.protocol.startswith('rest'):
            for trait, place in places.items():
                if trait in traits: out.update(location=place, name=traits[trait] if isinstance(traits[trait], str) else name)
            if 'httpResponseCode' in traits: out['location'] = 'statusCode'
        if 'location' not in out:
            if 'json' in self.protocol and 'jsonName' in traits and self.protocol == 'rest-json': out['name'] = traits['jsonName']
            if 'json' not in self.protocol and 'xmlName' in traits: out['name'] = traits['xmlName']
            if self.protocol == 'ec2' and of_structure:
                # The binding of requests has a capital; that of answers is as written.
                capital = lambda text: text[0].upper() + text[1:]
                out['queryName'] = traits.get('ec2QueryName', capital(traits.get('xmlName', name)))
        if 'httpPayload' in traits and self.protocol == 'rest-xml' and 'xmlName' not in traits:
            named = self.shapes.get(member['target'], {'traits': {}})['traits']
            if 'xmlName' in named: out['name'] = named['xmlName']
        if 'xmlFlattened' in traits: out['flattened'] = True
        if 'xmlAttribute' in traits: out['xmlAttribute'] = True
        out.update(namespace(traits))
        if 'timestampFormat' in traits: out['timestampFormat'] = FORMATS[traits['timestampFormat']]
        if 'idempotencyToken' in traits: out['idempotencyToken'] = True
        return out


def convert(shapes, service, protocol, version, alone):
    converter, entry = Converter(shapes, protocol), shapes[service]
    operations, cases = {}, []
    def add(kind, operation, trait, extra=None):
        for case in trait or []:
            cases.append({'kind': kind, 'operation': operation, **(extra or {}), **{k: v for k, v in case.items() if k not in ('documentation', 'protocol', 'tags', 'authScheme', 'vendorParams', 'vendorParamsShape')}})
    for identifier in dict.fromkeys(entry['operations'] + alone):
        name, shape = identifier.split('#')[1], shapes[identifier]
        http = shape['traits'].get('http', {'method': 'POST', 'uri': '/'}) if protocol.startswith('rest') else {'method': 'POST', 'uri': '/'}
        out = {'method': http['method'], 'uri': re.sub(r'\{(\w+)(\+?)\}', r'{\1\2}', http['uri'])}
        if http.get('code', 200) != 200: out['status'] = http['code']
        for part in ('input', 'output'):
            if part in shape and shape[part] in shapes: out[part] = converter.name(shape[part])
        if protocol == 'query': out['resultWrapper'] = f'{name}Result'
        for part, key in (('input', 'inputName'), ('output', 'outputName')):
            traits = shapes[shape[part]]['traits'] if part in shape and shape[part] in shapes else {}
            if protocol == 'rest-xml' and part in shape: out[key] = traits.get('xmlName', shape[part].split('#')[1])
        errors = [e for e in shape.get('errors', []) if e in shapes]
        if errors: out['errors'] = [converter.name(e) for e in errors]
        operations[name] = out
        add('request', name, shape['traits'].get('httpRequestTests'))
        add('response', name, shape['traits'].get('httpResponseTests'))
        add('malformed', name, shape['traits'].get('httpMalformedRequestTests'))
        for error in errors: add('error', name, shapes[error]['traits'].get('httpResponseTests'), {'shape': converter.name(error)})
    seen, kept = set(), []
    for case in cases:
        if (case['kind'], case['id']) in seen: continue
        seen.add((case['kind'], case['id']))
        kept.append(case)
    model = {'service': entry['traits'].get('sigv4', {}).get('name', 'example'), 'serviceId': 'Example', 'apiVersion': entry['version'], 'protocol': protocol, 'endpointPrefix': 'example', 'signingName': 'example',
             **({'jsonVersion': version, 'targetPrefix': service.split('#')[1]} if version else {}), **({'xmlNamespace': entry['traits']['xmlNamespace']['uri']} if 'xmlNamespace' in entry['traits'] else {}),
             'operations': operations, 'shapes': converter.out}
    return {'model': model, 'cases': kept}


def all_cases(shapes):
    for shape in shapes.values():
        error = shape['type'] == 'structure'
        for trait, kind in (('httpRequestTests', 'request'), ('httpResponseTests', 'error' if error else 'response'), ('httpMalformedRequestTests', 'malformed')):
            for case in shape['traits'].get(trait, []): yield kind, case


if __name__ == '__main__':
    loaded = load(sys.argv[1])
    folder = Path(__file__).resolve().parent.parent / 'test' / 'wire' / 'smithy'
    folder.mkdir(exist_ok=True)
    written = set()
    for file, (service, protocol, version) in SERVICES.items():
        suite = convert(loaded, service, protocol, version, ALONE.get(file, []))
        (folder / f'{file}.json').write_text(json.dumps(suite, indent=1, ensure_ascii=False) + '\n')
        written.update((case['kind'], case['id']) for case in suite['cases'])
        print(file, len(suite['cases']))
    # Nothing is left out without a word.
    for kind, case in all_cases(loaded):
        if (kind, case['id']) not in written: assert case['protocol'].split('#')[-1] in NOT_SERVED, case
