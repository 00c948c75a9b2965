import { StoreError, StoreUnavailable } from './store-error.ts'

interface Condition {
  readonly codes: RegExp
  readonly says: string
  /** Whether it may pass while the store stays open. */
  readonly passes: boolean
}

/** SQLite documentation, "Result and Error Codes"; errno(3), of files beside the database. */
const conditions: readonly Condition[] = [
  { codes: /^(SQLITE_FULL|ENOSPC$|EDQUOT$)/, says: 'the disk is full: make room, and calls are answered again', passes: true },
  {
    codes: /^(SQLITE_(READONLY|CANTOPEN|PERM)|EROFS$)/,
    says: 'the data folder cannot be written: is its file system mounted read-only?',
    passes: true,
  },
  { codes: /^(SQLITE_IOERR|EIO$)/, says: "the disk does not do what it is asked: look at the kernel's log", passes: true },
  { codes: /^SQLITE_(CORRUPT|NOTADB)/, says: 'the database is damaged: stop Gatehouse and restore it from a snapshot', passes: false },
]

/** What is wrong in words that say what to do, when SQLite's code tells; all else as it is. */
export function explained<Problem>(problem: Problem): Problem | StoreError {
  if (!(problem instanceof Error) || problem instanceof StoreUnavailable) return problem
  const code = (problem as { code?: unknown }).code
  const condition = typeof code === 'string' ? conditions.find(({ codes }) => codes.test(code)) : undefined
  if (!condition) return problem
  const message = `${condition.says} (${String(code)}: ${problem.message})`
  return condition.passes ? new StoreUnavailable(message, String(code)) : new StoreError(message, String(code))
}
