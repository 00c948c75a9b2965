"""Writes AWS's test suite of Signature Version 4, as one document: test/wire/sigv4-suite.json.

The suite is that of aws-c-auth (tests/aws-signing-test-suite), which the crate aws-sigv4 carries:
python3 scripts/generate-signature-cases.py CRATE/aws-signing-test-suite
"""
import json, sys
from pathlib import Path

TEXTS = {
    'request': 'request.txt',
    'headerSigned': 'header-signed-request.txt',
    'headerCanonical': 'header-canonical-request.txt',
    'querySigned': 'query-signed-request.txt',
    'queryCanonical': 'query-canonical-request.txt',
}


def case_of(folder):
    context = json.loads((folder / 'context.json').read_text())
    credentials = context['credentials']
    return {
        'name': folder.name,
        'accessKeyId': credentials['access_key_id'],
        'secretAccessKey': credentials['secret_access_key'],
        **({'sessionToken': credentials['token']} if 'token' in credentials else {}),
        **({'tokenUnsigned': True} if context.get('omit_session_token') else {}),
        'region': context['region'],
        'service': context['service'],
        'time': context['timestamp'],
        'expiresSeconds': context['expiration_in_seconds'],
        'normalized': context['normalize'],
        'bodySigned': context['sign_body'],
        **{key: (folder / file).read_text() for key, file in TEXTS.items()},
    }


if __name__ == '__main__':
    suite = Path(sys.argv[1])
    # Two folders are the crate's own, and have no context.
    cases = [case_of(folder) for folder in sorted((suite / 'v4').iterdir()) if (folder / 'context.json').exists()]
    asymmetric = [
        {'name': folder.name, **{key: (folder / TEXTS[key]).read_text() for key in ('headerSigned', 'querySigned')}}
        for folder in sorted((suite / 'v4a').iterdir())
    ]
    file = Path(__file__).resolve().parent.parent / 'test' / 'wire' / 'sigv4-suite.json'
    file.write_text(json.dumps({'cases': cases, 'asymmetric': asymmetric}, indent=1, ensure_ascii=False) + '\n')
    print(len(cases), len(asymmetric))
