import { readFileSync } from 'node:fs'

/** What the system says of files, in words; of other faults its own message is told. */
const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'what should be a folder on the way to it is a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
}

/**
 * The text of a file that the user names.
 * @throws Error that names the file and says why it cannot be read
 */
export const readNamedFile = (file: string): string => ofNamedFile(file, () => readFileSync(file, 'utf8'))

/** What a file of JSON that the user names holds. @throws Error that names the file and says why it cannot be read */
export const readNamedJson = (file: string): unknown => ofNamedFile(file, () => JSON.parse(readFileSync(file, 'utf8')) as unknown)

/** Does something with a file that the user names. @throws Error that names the file and says why it cannot be read */
export function ofNamedFile<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (problem) {
    const { code = '', message } = problem as NodeJS.ErrnoException
    throw new Error(`${file} cannot be read: ${reasons[code] ?? message}`, { cause: problem })
  }
}
