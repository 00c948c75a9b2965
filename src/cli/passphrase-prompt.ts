import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { Configuration } from '../server/configuration.ts'

/** A configuration whose passphrase was asked for, when it says so. @throws Error where nobody can be asked */
export async function withPassphrase(configuration: Configuration): Promise<Configuration> {
  const { masterKeyPassphraseFile, ...rest } = configuration
  return masterKeyPassphraseFile === '-' ? { ...rest, masterKeyPassphrase: await askForPassphrase() } : configuration
}

async function askForPassphrase(): Promise<string> {
  const terminal = process.stdin.isTTY
  if (!terminal) throw new Error('there is no terminal to ask for the passphrase: name its file with --master-key-passphrase-file')
  // What is typed is shown nowhere.
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silence, terminal })
  process.stderr.write('Passphrase: ')
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
