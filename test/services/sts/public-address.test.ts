import { expect, test } from 'vitest'
import { mayConnectTo, networksOf, pinnedAddressOf } from '../../../src/server/public-address.ts'

test.each([
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.0.0.1',
  '172.16.5.4',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '192.0.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::7f00:1',
  '::a9fe:a9fe',
  '4000::1',
  'fe80::1',
  'fc00::1',
  'fd12:3456::1',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:169.254.169.254',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '2001::1',
  'fd00:ec2::254',
  // What IANA's registries of special-purpose addresses list, and what IANA holds back.
  '192.0.0.170',
  '192.0.2.1',
  '192.31.196.1',
  '192.52.193.1',
  '192.88.99.1',
  '192.175.48.1',
  '198.51.100.1',
  '203.0.113.1',
  '239.255.255.255',
  '64:ff9b:1::7f00:1',
  '64:ff9b:1:ffff::a9fe:a9fe',
  '100::1',
  '100:0:0:1::1',
  '2001:1::1',
  '2001:2::1',
  '2001:3::1',
  '2001:4:112::1',
  '2001:10::1',
  '2001:20::1',
  '2001:30::1',
  '2001:1ff:ffff::1',
  '2001:db8::1',
  '2002:a9fe:a9fe::1',
  '2620:4f:8000::1',
  '2d00::1',
  '3000::1',
  '3ffe::1',
  '3fff::1',
  '3fff:fff::1',
  '5f00::1',
  'fec0::1',
  'not an address',
  '',
])('nobody can make us connect to %s', address => {
  expect(mayConnectTo(address, [])).toBe(false)
})

test.each([
  '203.0.114.7',
  '8.8.8.8',
  '100.128.0.1',
  '172.32.0.1',
  '192.0.1.1',
  '223.255.255.254',
  '2606:4700:4700::1111',
  '2001:200::1',
  '2001:4860:4860::8888',
  '2003::1',
  '2620:4f:8001::1',
  '2c00::1',
  '::ffff:8.8.8.8',
])('%s is public', address => {
  expect(mayConnectTo(address, [])).toBe(true)
})

test('networks that the configuration names are allowed, and only those', () => {
  const networks = networksOf('10.20.0.0/16, fd00:1::/32')
  expect(mayConnectTo('10.20.255.1', networks)).toBe(true)
  expect(mayConnectTo('10.21.0.1', networks)).toBe(false)
  expect(mayConnectTo('fd00:1::5', networks)).toBe(true)
  expect(mayConnectTo('fd00:2::5', networks)).toBe(false)
  expect(mayConnectTo('::ffff:10.20.0.1', networks)).toBe(true)
  expect(mayConnectTo('64:ff9b:1::a14:1', networksOf('64:ff9b:1::/48')), "one's own NAT64").toBe(true)
})

test('names are resolved, and addresses written in other ways understood', async () => {
  expect(await pinnedAddressOf('localhost', [])).toBeUndefined()
  expect(await pinnedAddressOf('[::1]', [])).toBeUndefined()
  expect(await pinnedAddressOf(new URL('https://0x7f000001/').hostname, [])).toBeUndefined()
  expect(await pinnedAddressOf(new URL('https://2130706433/').hostname, [])).toBeUndefined()
  expect(await pinnedAddressOf('127.0.0.1', networksOf('127.0.0.0/8'))).toEqual({ address: '127.0.0.1', family: 4 })
})
