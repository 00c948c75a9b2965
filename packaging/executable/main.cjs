// What the single-file executable runs first: lays its files out in a private folder, once, and hands over to the command. Built-in modules are all it has.
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const { createRequire } = require('node:module')
const os = require('node:os')
const path = require('node:path')
const sea = require('node:sea')
const { gunzipSync } = require('node:zlib')

const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/** Folders where the files may be laid out, the first that can be written to. */
function* places() {
  if (process.env.XDG_CACHE_HOME) yield process.env.XDG_CACHE_HOME
  const home = process.env.HOME || os.homedir()
  if (home) yield path.join(home, '.cache')
  yield os.tmpdir()
}

const own = process.getuid?.()

/** Only a folder of the user's own, that nobody else may write to or read: native code is loaded from it. */
function isPrivate(folder) {
  const found = fs.lstatSync(folder, { throwIfNoEntry: false })
  return found?.isDirectory() === true && (own === undefined || (found.uid === own && (found.mode & 0o077) === 0))
}

function isWhole(folder, index) {
  if (!isPrivate(folder)) return false
  try {
    return index.every(({ name, sha256: expected }) => sha256(fs.readFileSync(path.join(folder, name))) === expected)
  } catch {
    return false
  }
}

function layOut(folder, index) {
  const content = gunzipSync(Buffer.from(sea.getRawAsset('content')))
  let at = 0
  for (const { name, size } of index) {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    fs.writeFileSync(file, content.subarray(at, at + size), { mode: 0o600, flag: 'wx' })
    at += size
  }
}

/** The folder with the files. Made beside its place and renamed, so that it is whole or not there, whoever else starts now. */
function filesOf(text) {
  const index = JSON.parse(text)
  const problems = []
  for (const place of places()) {
    const parent = path.join(place, place === os.tmpdir() ? `gatehouse-${own ?? os.userInfo().username}` : 'gatehouse')
    const folder = path.join(parent, `executable-${sha256(text).slice(0, 16)}`)
    try {
      if (isWhole(folder, index)) return folder
      fs.mkdirSync(parent, { recursive: true, mode: 0o700 })
      const parentFound = fs.lstatSync(parent)
      if (own !== undefined && (parentFound.uid !== own || (parentFound.mode & 0o022) !== 0)) throw new Error(`${parent} is not this user's alone`)
      const made = fs.mkdtempSync(path.join(parent, 'executable-'))
      layOut(made, index)
      // What stood there is not what this executable has: changed, cut short or somebody else's.
      fs.rmSync(folder, { recursive: true, force: true })
      try {
        fs.renameSync(made, folder)
      } catch (problem) {
        fs.rmSync(made, { recursive: true, force: true })
        if (!isWhole(folder, index)) throw problem
      }
      return folder
    } catch (problem) {
      problems.push(problem.message)
    }
  }
  console.error(`gatehouse: there is no folder for the executable's files: ${problems.join('; ')}`)
  process.exit(1)
}

const folder = filesOf(sea.getAsset('index', 'utf8'))
// An embedded script loads built-in modules alone: one that lies among the files loads the rest, as any program does.
createRequire(path.join(folder, 'load.cjs'))('./load.cjs')(process.argv).catch(problem => {
  console.error(problem)
  process.exit(1)
})
