import type { CassandraSettings } from './settings.ts'

/** Windows of compaction: what expires together is dropped together. */
const byDay = `compaction = {'class': 'TimeWindowCompactionStrategy', 'compaction_window_unit': 'DAYS', 'compaction_window_size': 1}`
/** A partition is an hour of an account and region, so that none grows with the years. */
const newestFirst = `CLUSTERING ORDER BY (at DESC, seq DESC) AND ${byDay}`

/**
 * The keyspace and its tables, where they are not there yet:
 * - `records`: every record, by account, region and hour;
 * - `record_names`: which records have a name (a user's, a resource's, an event's), by hour;
 * - `record_hours`: the hours in which there are any, so that a quiet account's history is not looked for in hours without.
 */
export const schemaOf = ({ keyspace, dataCenter, replication }: CassandraSettings): string[] => [
  `CREATE KEYSPACE IF NOT EXISTS "${keyspace}" WITH replication = {'class': 'NetworkTopologyStrategy', '${dataCenter.replaceAll("'", "''")}': ${replication}}`,
  `CREATE TABLE IF NOT EXISTS "${keyspace}".records (source text, account text, region text, hour int, at bigint, seq bigint, event_id text, username text, json text,
    PRIMARY KEY ((source, account, region, hour), at, seq)) WITH ${newestFirst}`,
  `CREATE TABLE IF NOT EXISTS "${keyspace}".record_names (account text, region text, name text, value text, hour int, at bigint, seq bigint,
    PRIMARY KEY ((account, region, name, value, hour), at, seq)) WITH ${newestFirst}`,
  `CREATE TABLE IF NOT EXISTS "${keyspace}".record_hours (source text, account text, name text, value text, region text, hour int,
    PRIMARY KEY ((source, account, name, value), region, hour)) WITH CLUSTERING ORDER BY (region ASC, hour DESC)`,
]
