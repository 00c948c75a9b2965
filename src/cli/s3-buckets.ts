import { XMLParser } from 'fast-xml-parser'
import { callS3, type Client } from './client.ts'

const xml = new XMLParser({ parseTagValue: false, isArray: name => name === 'Bucket' })

interface BucketList {
  readonly ListAllMyBucketsResult?: { readonly Buckets?: { readonly Bucket?: readonly object[] } | '' }
}

/** The caller's buckets. Amazon S3 API Reference, "ListBuckets". */
export async function listBuckets(client: Client): Promise<{ readonly Buckets: readonly object[] }> {
  const { ListAllMyBucketsResult } = xml.parse(await callS3(client, '/')) as BucketList
  const buckets = ListAllMyBucketsResult?.Buckets
  return { Buckets: buckets ? (buckets.Bucket ?? []) : [] }
}

/** A bucket's policy. Amazon S3 API Reference, "GetBucketPolicy". */
export const bucketPolicy = async (client: Client, bucket: string): Promise<{ readonly Policy: string }> => ({
  Policy: await callS3(client, `/${bucket}`, 'policy='),
})
