import { describe, expect, test } from 'vitest'
import { applies, federated, holds, role, root, user } from './support.ts'

describe('String condition operators (IAM JSON policy elements: Condition operators)', () => {
  test.each([
    ['StringEquals', 'red', 'red', true],
    ['StringEquals', 'red', 'Red', false],
    ['StringEquals', 're*', 'red', false],
    ['StringNotEquals', 'red', 'Red', true],
    ['StringNotEquals', 'red', 'red', false],
    ['StringEqualsIgnoreCase', 'red', 'RED', true],
    ['StringEqualsIgnoreCase', 'red', 'blue', false],
    ['StringNotEqualsIgnoreCase', 'red', 'RED', false],
    ['StringNotEqualsIgnoreCase', 'red', 'blue', true],
    ['StringLike', 're*', 'red', true],
    ['StringLike', 'r?d', 'red', true],
    ['StringLike', 'r?d', 'rd', false],
    ['StringLike', 'RE*', 'red', false],
    ['StringLike', '*', '', true],
    ['StringLike', '', '', true],
    ['StringNotLike', 're*', 'red', false],
    ['StringNotLike', 're*', 'blue', true],
  ])('%s %j of %j is %j', (operator, wanted, actual, expected) => {
    expect(holds({ [operator]: { 's3:prefix': wanted } }, { 's3:prefix': actual })).toBe(expected)
  })
})

describe('Numeric condition operators', () => {
  test.each([
    ['NumericEquals', '10', 10, true],
    ['NumericEquals', 10, '10.0', true],
    ['NumericEquals', '10', '1e1', true],
    ['NumericNotEquals', '10', 11, true],
    ['NumericNotEquals', '10', 10, false],
    ['NumericLessThan', '10', 9, true],
    ['NumericLessThan', '10', 10, false],
    ['NumericLessThanEquals', '10', 10, true],
    ['NumericLessThanEquals', '10', 10.5, false],
    ['NumericGreaterThan', '10', 10, false],
    ['NumericGreaterThan', '10', 11, true],
    ['NumericGreaterThanEquals', '10', 10, true],
    ['NumericGreaterThanEquals', '-1', -2, false],
    ['NumericEquals', 'ten', 10, false],
    ['NumericLessThan', '10', 'nine', false],
    ['NumericEquals', '0', '', false],
    ['NumericEquals', '16', '0x10', false],
  ])('%s %j of %j is %j', (operator, wanted, actual, expected) => {
    expect(holds({ [operator]: { 's3:max-keys': wanted } }, { 's3:max-keys': actual })).toBe(expected)
  })
})

describe('Date condition operators', () => {
  const noon = '2026-06-01T12:00:00Z'
  test.each([
    ['DateEquals', noon, new Date(noon), true],
    ['DateEquals', '2026-06-01T14:00:00+02:00', noon, true],
    ['DateEquals', '2026-06-01T12:00Z', noon, true],
    ['DateEquals', '1780315200', noon, true],
    ['DateEquals', noon, 1780315200, true],
    ['DateNotEquals', noon, noon, false],
    ['DateNotEquals', '2026', noon, true],
    ['DateLessThan', '2026-06-02', noon, true],
    ['DateLessThan', '2026-06', noon, false],
    ['DateLessThanEquals', noon, noon, true],
    ['DateGreaterThan', '2026', noon, true],
    ['DateGreaterThan', noon, noon, false],
    ['DateGreaterThanEquals', noon, noon, true],
    ['DateGreaterThanEquals', '2026-02-31', noon, false],
    ['DateLessThan', 'tomorrow', noon, false],
    ['DateLessThan', noon, 'never', false],
  ])('%s %j of %j is %j', (operator, wanted, actual, expected) => {
    expect(holds({ [operator]: { 'aws:CurrentTime': wanted } }, { 'aws:CurrentTime': actual })).toBe(expected)
  })
})

describe('Boolean, binary and Null condition operators', () => {
  test.each([
    [{ Bool: { 'aws:SecureTransport': 'true' } }, { 'aws:SecureTransport': true }, true],
    [{ Bool: { 'aws:SecureTransport': true } }, { 'aws:SecureTransport': 'true' }, true],
    [{ Bool: { 'aws:SecureTransport': 'false' } }, { 'aws:SecureTransport': true }, false],
    [{ Bool: { 'aws:SecureTransport': ['true', 'false'] } }, { 'aws:SecureTransport': false }, true],
    [{ bool: { 'aws:SecureTransport': 'TRUE' } }, { 'aws:SecureTransport': true }, true],
    [{ BinaryEquals: { 'kms:Blob': 'QmluYXJ5VmFsdWVJbkJhc2U2NA==' } }, { 'kms:Blob': 'QmluYXJ5VmFsdWVJbkJhc2U2NA==' }, true],
    [{ BinaryEquals: { 'kms:Blob': 'YQ==' } }, { 'kms:Blob': 'YWI=' }, false],
    [{ BinaryEquals: { 'kms:Blob': '?' } }, { 'kms:Blob': '?' }, false],
    [{ Null: { 'aws:TokenIssueTime': 'true' } }, {}, true],
    [{ Null: { 'aws:TokenIssueTime': 'true' } }, { 'aws:TokenIssueTime': new Date(0) }, false],
    [{ Null: { 'aws:TokenIssueTime': 'false' } }, { 'aws:TokenIssueTime': new Date(0) }, true],
    [{ Null: { 'aws:TokenIssueTime': false } }, {}, false],
    [{ Null: { 'aws:TagKeys': 'true' } }, { 'aws:TagKeys': [] }, true],
    [{ Null: { 'aws:TagKeys': 'false' } }, { 'aws:TagKeys': ['a'] }, true],
  ])('%j of %j is %j', (condition, context, expected) => {
    expect(holds(condition, context)).toBe(expected)
  })
})

describe('IP address condition operators', () => {
  test.each([
    ['203.0.113.0/24', '203.0.113.255', true],
    ['203.0.113.0/24', '203.0.114.0', false],
    ['203.0.113.77/24', '203.0.113.1', true],
    ['203.0.113.7', '203.0.113.7', true],
    ['203.0.113.7', '203.0.113.8', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['128.0.0.0/1', '127.255.255.255', false],
    ['2001:DB8:1234:5678::/64', '2001:db8:1234:5678:9::1', true],
    ['2001:DB8:1234:5678::/64', '2001:db8:1234:5679::1', false],
    ['2001:db8::1', '2001:db8:0:0:0:0:0:1', true],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['::/0', '1.2.3.4', false],
    ['0.0.0.0/0', '::1', false],
    ['192.0.2.0/24', '::ffff:192.0.2.1', true],
    ['192.0.2.0/33', '192.0.2.1', false],
    ['192.0.2.256', '192.0.2.256', false],
    ['1::2::3', '1::2:3', false],
    ['192.0.2.0/24', 'somewhere', false],
  ])('the range %s holds %s: %j', (range, address, expected) => {
    expect(holds({ IpAddress: { 'aws:SourceIp': range } }, { 'aws:SourceIp': address })).toBe(expected)
    expect(holds({ NotIpAddress: { 'aws:SourceIp': range } }, { 'aws:SourceIp': address })).toBe(!expected)
  })
})

describe('ARN condition operators: each of the six components is checked separately', () => {
  test.each([
    ['arn:aws:someservice:*:111122223333:finance/*', 'arn:aws:someservice:us-east-2:111122223333:finance/a', true],
    [
      'arn:aws:someservice:*:111122223333:finance/*',
      'arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt',
      false,
    ],
    ['arn:aws:sns:us-east-1:111122223333:*', 'arn:aws:sns:us-east-1:111122223333:a:b', true],
    ['arn:aws:sns:us-?ast-1:1*:a', 'arn:aws:sns:us-east-1:111122223333:a', true],
    ['arn:aws:sns:us-east-1:111122223333:a', 'arn:aws:sns:us-east-1:111122223333:A', false],
    ['arn:aws:sns', 'arn:aws:sns:us-east-1:111122223333:a', false],
    ['*', 'arn:aws:sns:us-east-1:111122223333:a', true],
    ['text', 'text', false],
    ['arn:aws:sns:*:*:*', 'text', false],
  ])('%s is like %s: %j', (wanted, actual, expected) => {
    for (const operator of ['ArnLike', 'ArnEquals']) {
      expect(holds({ [operator]: { 'aws:SourceArn': wanted } }, { 'aws:SourceArn': actual })).toBe(expected)
    }
    for (const operator of ['ArnNotLike', 'ArnNotEquals']) {
      expect(holds({ [operator]: { 'aws:SourceArn': wanted } }, { 'aws:SourceArn': actual })).toBe(!expected)
    }
  })
})

describe('a key that is not in the request', () => {
  test.each([
    ['StringEquals', 'a', false],
    ['StringNotEquals', 'a', true],
    ['StringNotLike', 'a', true],
    ['NumericNotEquals', '1', true],
    ['NumericLessThan', '1', false],
    ['DateNotEquals', '2026', true],
    ['Bool', 'false', false],
    ['NotIpAddress', '10.0.0.0/8', true],
    ['IpAddress', '10.0.0.0/8', false],
    ['ArnNotLike', 'arn:aws:s3:::a', true],
    ['ArnLike', 'arn:aws:s3:::a', false],
    ['StringEqualsIfExists', 'a', true],
    ['StringNotEqualsIfExists', 'a', true],
    ['BoolIfExists', 'false', true],
    ['NumericLessThanIfExists', '1', true],
    ['ForAllValues:StringEquals', 'a', true],
    ['ForAllValues:StringNotEquals', 'a', true],
    ['ForAnyValue:StringEquals', 'a', false],
    ['ForAnyValue:StringNotEquals', 'a', false],
    ['ForAnyValue:StringEqualsIfExists', 'a', true],
  ])('%s is %j', (operator, wanted, expected) => {
    expect(holds({ [operator]: { 'x:absent': wanted } }, {})).toBe(expected)
    expect(holds({ [operator]: { 'x:absent': wanted } }, { 'x:absent': [] })).toBe(expected)
  })
})

describe('a key that is in the request makes IfExists as if it were not there', () => {
  test.each([
    ['StringEqualsIfExists', 'a', 'a', true],
    ['StringEqualsIfExists', 'a', 'b', false],
    ['StringNotEqualsIfExists', 'a', 'a', false],
  ])('%s %s of %s is %j', (operator, wanted, actual, expected) => {
    expect(holds({ [operator]: { 'x:key': wanted } }, { 'x:key': actual })).toBe(expected)
  })
})

describe('Multivalued context keys', () => {
  test.each([
    ['ForAllValues:StringEquals', ['a', 'b'], ['a'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'c'], false],
    ['ForAllValues:StringEquals', ['a'], [''], true],
    ['ForAllValues:StringNotLike', ['key1*'], ['key1:legal'], false],
    ['ForAllValues:StringNotLike', ['key1*'], ['key1:hr', 'key1:personnel'], false],
    ['ForAllValues:StringNotLike', ['key1*'], ['key2:audit'], true],
    ['ForAllValues:StringNotLike', ['key1*'], ['key2:audit', 'key1:hr'], false],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c', 'b'], true],
    ['ForAnyValue:StringEquals', ['a', 'b'], ['c'], false],
    ['ForAnyValue:StringEquals', ['a'], [''], false],
    ['ForAnyValue:StringNotEquals', ['a'], '', false],
    ['ForAllValues:StringEquals', ['a'], '', true],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'c'], true],
    ['ForAnyValue:StringNotEquals', ['a', 'b'], ['a', 'b'], false],
    ['StringEquals', ['a'], ['b', 'a'], true],
    ['StringNotEquals', ['a'], ['b', 'a'], false],
    ['StringNotEquals', ['a'], ['b', 'c'], true],
  ])('%s %j of %j is %j', (operator, wanted, actual, expected) => {
    expect(holds({ [operator]: { 'aws:TagKeys': wanted } }, { 'aws:TagKeys': actual })).toBe(expected)
  })
})

describe('Conditions with multiple context keys or values', () => {
  test('several wanted values: one must match', () => {
    expect(holds({ StringEquals: { 'x:key': ['a', 'b'] } }, { 'x:key': 'b' })).toBe(true)
  })
  test('several wanted values under a negated operator: none may match', () => {
    expect(holds({ StringNotEquals: { 'x:key': ['a', 'b'] } }, { 'x:key': 'b' })).toBe(false)
    expect(holds({ StringNotEquals: { 'x:key': ['a', 'b'] } }, { 'x:key': 'c' })).toBe(true)
  })
  test('several keys and several operators: all must hold', () => {
    const condition = { StringEquals: { 'x:a': '1', 'x:b': '2' }, NumericLessThan: { 'x:c': '3' } }
    expect(holds(condition, { 'x:a': '1', 'x:b': '2', 'x:c': 2 })).toBe(true)
    expect(holds(condition, { 'x:a': '1', 'x:b': '3', 'x:c': 2 })).toBe(false)
    expect(holds(condition, { 'x:a': '1', 'x:b': '2', 'x:c': 3 })).toBe(false)
  })
  test('no wanted values: nothing matches', () => {
    expect(holds({ StringEquals: { 'x:a': [] } }, { 'x:a': '' })).toBe(false)
  })
})

describe('names of keys have no case, values have', () => {
  test.each(['aws:SourceIP', 'AWS:sourceip', 'aws:sourceip'])('%s', spelling => {
    expect(holds({ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, { [spelling]: '10.0.0.1' })).toBe(true)
    expect(holds({ IpAddress: { [spelling]: '10.0.0.0/8' } }, { 'aws:SourceIp': '10.0.0.1' })).toBe(true)
  })
  test('more spellings than clients have are still understood', () => {
    for (let i = 0; i < 2 ** 7; i++) {
      const spelling = `x:${'spelled'
        .split('')
        .map((letter, bit) => ((i >> bit) & 1 ? letter.toUpperCase() : letter))
        .join('')}`
      expect(holds({ StringEquals: { 'x:spelled': 'v' } }, { [spelling]: 'v' })).toBe(true)
    }
  })
})

describe('policy variables (IAM policy elements: Variables and tags)', () => {
  const own = { Resource: 'arn:aws:s3:::data/${aws:username}/*' }
  test.each([
    ['the value takes the place of the variable', own, { resource: 'arn:aws:s3:::data/ann/x' }, true],
    ['another value does not match', own, { resource: 'arn:aws:s3:::data/bob/x' }, false],
    ['a variable without a value matches nothing', own, { resource: 'arn:aws:s3:::data//x', principal: role }, false],
    ['names have no case', { Resource: 'arn:aws:s3:::data/${AWS:UserName}/*' }, { resource: 'arn:aws:s3:::data/ann/x' }, true],
    ['version 2008-10-17 has no variables', own, { resource: 'arn:aws:s3:::data/ann/x', version: '2008-10-17' }, false],
    ['in version 2008-10-17 they are plain text', own, { resource: 'arn:aws:s3:::data/${aws:username}/x', version: '2008-10-17' }, true],
    [
      'a default steps in',
      { Resource: "arn:aws:s3:::data/${aws:username, 'nobody'}/*" },
      { resource: 'arn:aws:s3:::data/nobody/x', principal: role },
      true,
    ],
    [
      'a value goes before the default',
      { Resource: "arn:aws:s3:::data/${aws:username, 'nobody'}/*" },
      { resource: 'arn:aws:s3:::data/nobody/x' },
      false,
    ],
    ['${*} is an asterisk', { Resource: 'arn:aws:s3:::data/${*}' }, { resource: 'arn:aws:s3:::data/*' }, true],
    ['${*} is no wildcard', { Resource: 'arn:aws:s3:::data/${*}' }, { resource: 'arn:aws:s3:::data/x' }, false],
    ['${?} is a question mark', { Resource: 'arn:aws:s3:::data/${?}' }, { resource: 'arn:aws:s3:::data/?' }, true],
    [
      '${$} is a dollar sign',
      { Resource: 'arn:aws:s3:::data/${$}{aws:username}' },
      { resource: 'arn:aws:s3:::data/${aws:username}' },
      true,
    ],
    [
      'wildcards of values are plain characters',
      { Resource: 'arn:aws:s3:::${aws:PrincipalTag/b}/*' },
      { resource: 'arn:aws:s3:::data/x', context: { 'aws:PrincipalTag/b': '*' } },
      false,
    ],
    [
      'variables count only in the resource part',
      { Resource: 'arn:aws:sqs:us-east-1:${aws:PrincipalAccount}:q' },
      { resource: 'arn:aws:sqs:us-east-1:111122223333:q' },
      false,
    ],
    [
      'a multivalued key cannot be a variable',
      { Resource: 'arn:aws:s3:::${aws:TagKeys}' },
      { resource: 'arn:aws:s3:::a', context: { 'aws:TagKeys': ['a'] } },
      false,
    ],
    [
      'a variable without a value in NotResource excludes nothing',
      { Resource: undefined, NotResource: 'arn:aws:s3:::${aws:username}' },
      { resource: 'arn:aws:s3:::x', principal: role },
      true,
    ],
  ])('%s', (_, statement, circumstances, expected) => {
    expect(applies(statement, circumstances)).toBe(expected)
  })

  test.each([
    [{ StringEquals: { 's3:prefix': '${aws:username}' } }, true],
    [{ StringLike: { 's3:prefix': '${aws:username}*' } }, true],
    [{ StringEqualsIgnoreCase: { 's3:prefix': '${aws:userid}' } }, false],
    [{ StringEquals: { 's3:prefix': ['x', "${x:absent, 'ann'}"] } }, true],
    [{ StringEquals: { 's3:prefix': '${x:absent}' } }, false],
  ])('in conditions: %j is %j', (condition, expected) => {
    expect(holds(condition, { 's3:prefix': 'ann' })).toBe(expected)
  })

  test.each([
    [{ StringNotEquals: { 's3:prefix': '${x:absent}' } }, true],
    [{ StringNotLike: { 's3:prefix': '${x:absent}*' } }, true],
    [{ ArnNotLike: { 's3:prefix': 'arn:aws:s3:::${x:absent}' } }, true],
    [{ StringNotEquals: { 's3:prefix': ['${x:absent}', 'ann'] } }, false],
    [{ 'ForAllValues:StringNotEquals': { 's3:prefix': '${x:absent}' } }, true],
  ])('a variable without a value under a negated operator: %j is %j, in an Allow and in a Deny', (condition, expected) => {
    expect(holds(condition, { 's3:prefix': 'ann' })).toBe(expected)
  })
})

describe('Principal key values (IAM policy elements: Variables and tags)', () => {
  test.each([
    ['user', user, 'aws:PrincipalArn', user.arn],
    ['user', user, 'aws:userid', user.userId],
    ['user', user, 'aws:username', 'ann'],
    ['user', user, 'aws:PrincipalType', 'User'],
    ['user', user, 'aws:PrincipalAccount', user.account],
    ['user', user, 'aws:PrincipalIsAWSService', 'false'],
    ['role session', role, 'aws:PrincipalArn', role.roleArn],
    ['role session', role, 'aws:userid', `${role.roleId}:s1`],
    ['role session', role, 'aws:PrincipalType', 'AssumedRole'],
    ['federated user', federated, 'aws:PrincipalArn', federated.arn],
    ['federated user', federated, 'aws:userid', `${federated.account}:fed`],
    ['federated user', federated, 'aws:PrincipalType', 'FederatedUser'],
    ['root user', root, 'aws:userid', user.account],
    ['root user', root, 'aws:PrincipalType', 'Account'],
  ])('%s: %s %s is %s', (_, principal, key, value) => {
    expect(holds({ StringEquals: { [key]: value } }, {}, principal)).toBe(true)
  })
  test('a value in the context wins over the derived one', () => {
    expect(holds({ StringEquals: { 'aws:username': 'eve' } }, { 'aws:username': 'eve' })).toBe(true)
  })
})

describe('wildcards in Resource (IAM JSON policy elements: Resource)', () => {
  test.each([
    ['*', '*', true],
    ['arn:aws:s3:::data/*', '*', false],
    ['arn:aws:s3:::data/*', 'arn:aws:s3:::data/a/b:c', true],
    ['arn:aws:s3:::data', 'arn:aws:s3:::Data', false],
    ['arn:aws:s3:::d?ta', 'arn:aws:s3:::data', true],
    ['arn:aws:s3:::da*', 'arn:aws:s3:::d', false],
    ['arn:aws:sqs:*:111122223333:jobs', 'arn:aws:sqs:us-east-1:111122223333:jobs', true],
    ['arn:aws:sqs:us-*-1:111122223333:jobs', 'arn:aws:sqs:us-east-1:111122223333:jobs', true],
    ['arn:aws:sqs:us-*-1:111122223333:jobs', 'arn:aws:sqs:us-x:y-1:111122223333:jobs', false],
    ['arn:aws:sqs:*:111122223333:jobs', 'arn:aws:sqs:us-east-1:9:x:111122223333:jobs', true],
    ['arn:aws:sqs', 'arn:aws:sqs:us-east-1:111122223333:jobs', true],
    ['arn:aws:sqs', 'arn:aws:sns:us-east-1:111122223333:jobs', false],
    ['arn:aws:iam::1?1122223333:role/app', 'arn:aws:iam::111122223333:role/app', true],
  ])('%s covers %s: %j', (pattern, resource, expected) => {
    expect(applies({ Resource: pattern }, { resource })).toBe(expected)
    expect(applies({ Resource: undefined, NotResource: pattern }, { resource })).toBe(!expected)
  })
})

describe('wildcards and case in Action (IAM JSON policy elements: Action)', () => {
  test.each([
    ['*', 's3:GetObject', true],
    ['s3:*', 's3:GetObject', true],
    ['S3:getOBJECT', 's3:GetObject', true],
    ['s3:Get*', 's3:GetObject', true],
    ['s3:*Object', 's3:GetObject', true],
    ['s3:G?tObject', 's3:GetObject', true],
    ['s3:Get', 's3:GetObject', false],
    ['s3:?GetObject', 's3:GetObject', false],
    ['iam:*', 's3:GetObject', false],
    ['s3:Get*Object*', 's3:GetObjectTagging', true],
  ])('%s covers %s: %j', (pattern, action, expected) => {
    expect(applies({ Action: pattern }, { action })).toBe(expected)
    expect(applies({ Action: undefined, NotAction: pattern }, { action })).toBe(!expected)
  })
})
