import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where built and downloaded test parts are kept between runs: outside the tree, so that a clean clone finds them again. */
export const cacheFolder = process.env.GATEHOUSE_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gatehouse')

/** A short name for content: a changed input gets a new folder instead of a stale one. */
export const contentKey = (...parts) =>
  parts
    .reduce((hash, part) => hash.update(part), createHash('sha256'))
    .digest('hex')
    .slice(0, 16)
