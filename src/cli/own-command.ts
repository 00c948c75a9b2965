import { resolve } from 'node:path'
import { isSea } from 'node:sea'

/** The words that run this `gatehouse` again, from anywhere: the single-file executable is a word of its own. */
export const ownCommand = (): readonly string[] => (isSea() ? [process.execPath] : [process.execPath, resolve(process.argv[1] as string)])
