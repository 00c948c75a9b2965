import { describe, expect, test } from 'vitest'
import { parseCassandraUrl } from '../../src/store/index.ts'

describe('the address of an archive in Cassandra', () => {
  test('names nodes, keyspace and data center', () => {
    expect(
      parseCassandraUrl('cassandra://ada@127.0.0.1,localhost:9142/gatehouse?datacenter=dc1&replication=2', {
        GATEHOUSE_RECORDS_PASSWORD: 'x',
      }),
    ).toEqual({
      contactPoints: ['127.0.0.1:9042', 'localhost:9142'],
      keyspace: 'gatehouse',
      dataCenter: 'dc1',
      replication: 2,
      user: 'ada',
      password: 'x',
      tls: undefined,
    })
  })

  test('is verified by TLS unless all nodes are this machine', () => {
    expect(parseCassandraUrl('cassandra://db1.example.com/gatehouse', {}).tls).toMatchObject({ rejectUnauthorized: true })
    expect(parseCassandraUrl('cassandra://127.0.0.1,db1.example.com/gatehouse', {}).tls).toMatchObject({ rejectUnauthorized: true })
    expect(parseCassandraUrl('cassandra://db1.example.com/gatehouse?tls=disable', {}).tls).toBeUndefined()
  })

  test.each([
    ['postgres://db1/gatehouse', /must be cassandra:/],
    ['cassandra://db1', /must be cassandra:/],
    ['cassandra://db1/Gate-House', /must be cassandra:/],
    ['cassandra://db1/gatehouse?consistency=one', /unknown option consistency/],
    ['cassandra://db1/gatehouse?replication=0', /replication must be a number/],
    ['cassandra://db1/gatehouse?tls=require', /tls must be verify-full or disable/],
    ['cassandra://ada@db1/gatehouse', /GATEHOUSE_RECORDS_PASSWORD/],
    ['cassandra://ada:secret@db 1/gatehouse', /each host must be/],
  ])('%s is refused, and no password repeated', (address, expected) => {
    expect(() => parseCassandraUrl(address, {})).toThrow(expected)
    expect(() => parseCassandraUrl(address, {})).not.toThrow(/secret/)
  })
})
