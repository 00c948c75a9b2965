/** S3's tables. Times are epoch milliseconds; what is JSON says so. */
export interface S3BucketsTable {
  name: string
  account: string
  region: string
  createdAt: number
  /** The bucket policy, as given. */
  policy: string | null
  /** JSON: the four settings, or null when the block was deleted. */
  publicAccessBlock: string | null
  /** BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter; null when the controls were deleted. */
  ownership: string | null
  /** JSON: the rules of the default encryption. */
  encryption: string | null
  /** JSON: values by key. */
  tags: string | null
}

export interface S3ObjectsTable {
  bucket: string
  key: string
  /** JSON: the files that the content is in, in order, with their sizes; a part of a multipart upload is a file. */
  pieces: string
  size: number
  /** Without quotes. */
  etag: string
  modifiedAt: number
  /** JSON: the headers that came with it and go out with it, its metadata and storage class. */
  headers: string
  /** JSON: algorithm, type and value. */
  checksum: string | null
  /** JSON: values by key. */
  tags: string | null
}

export interface S3UploadsTable {
  id: string
  bucket: string
  key: string
  initiatedAt: number
  initiatorArn: string
  initiatorId: string
  /** JSON: as of an object. */
  headers: string
  /** JSON: values by key. */
  tags: string | null
  /** JSON: algorithm and type. */
  checksum: string | null
}

export interface S3PartsTable {
  uploadId: string
  number: number
  file: string | null
  size: number
  etag: string
  modifiedAt: number
  /** Base64, of the upload's algorithm. */
  checksum: string | null
}

/** The files that something above names. */
export interface S3FilesTable {
  id: string
}

/** A stretch of the content of an object, where objects are kept in the database. */
export interface ObjectChunksTable {
  file: string
  number: number
  content: Buffer
  writtenAt: number
}
