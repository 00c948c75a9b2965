import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root, withoutAws } from './gatehouse.ts'

// What the release script makes, used as its readers use it. docs/packaging.md, "Releases".

const clients = process.env['GATEHOUSE_TEST_CLIENTS']
if (!clients) throw new Error('GATEHOUSE_TEST_CLIENTS is not set: run the tests with npm test')

const node = join(root, 'node_modules/.bin/node')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const executable = `gatehouse-${version}-${process.platform}-${process.arch}`
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-release-'))
const release = join(folder, 'release')
const key = join(folder, 'release-key.pem')
const script = (...words: string[]) =>
  spawnSync(node, [join(root, 'scripts/release.mjs'), ...words], { encoding: 'utf8', env: withoutAws(process.env) })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeAll(() => {
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', key], { stdio: 'ignore' })
  const { status, stderr } = script('--key', key, '--output', release)
  if (status !== 0) throw new Error(stderr)
}, 240_000)

/** The commands of docs/packaging.md. */
const checkSums = (cwd: string) => spawnSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd, encoding: 'utf8' }).status
const checkSignature = (cwd: string) =>
  spawnSync('openssl', 'pkeyutl -verify -pubin -inkey release-key.pub.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig'.split(' '), {
    cwd,
    encoding: 'utf8',
  }).status

describe('a release', () => {
  test('has its files, whose sums hold and are signed', () => {
    expect(readdirSync(release).toSorted()).toEqual(
      [
        'LICENSE',
        'NOTICE',
        'SHA256SUMS',
        'SHA256SUMS.sig',
        executable,
        `gatehouse-${version}.cdx.json`,
        `gatehouse-${version}.tgz`,
        'release-key.pub.pem',
      ].toSorted(),
    )
    expect([checkSums(release), checkSignature(release)]).toEqual([0, 0])
  })

  test('shows when a file or the list was changed', () => {
    const changed = join(folder, 'changed')
    cpSync(release, changed, { recursive: true })
    appendFileSync(join(changed, 'NOTICE'), ' ')
    expect([checkSums(changed), checkSignature(changed)]).toEqual([1, 0])
    appendFileSync(join(changed, 'SHA256SUMS'), ' ')
    expect(checkSignature(changed)).toBe(1)
  })

  test('says what is in it: a CycloneDX bill of what is used at run time', () => {
    const bill = JSON.parse(readFileSync(join(release, `gatehouse-${version}.cdx.json`), 'utf8')) as {
      bomFormat: string
      metadata: { component: { name: string; version: string } }
      components: { name: string; version: string; purl: string; licenses: unknown }[]
    }
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'gatehouse', version } } })
    const names = bill.components.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['better-sqlite3', 'jose', 'pg', 'pino']))
    expect(names).not.toContain('vitest')
    expect(bill.components.every(({ purl, licenses }) => purl.startsWith('pkg:npm/') && licenses)).toBe(true)
  })

  test('is the same when it is made again in another folder, zone and umask', () => {
    const elsewhere = join(folder, 'elsewhere')
    const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
    for (const file of tracked.split('\0').filter(name => existsSync(join(root, name)) && name !== ''))
      cpSync(join(root, file), join(elsewhere, file))
    // Not as a link to the folder: what is built names files by where they are.
    const modules = ['node_modules', 'node_modules'].map((name, at) => join(at === 0 ? root : elsewhere, name))
    execFileSync('sh', ['-c', 'cp -al "$0" "$1" 2>/dev/null || cp -a "$0/." "$1"', ...modules])
    const again = join(folder, 'again')
    const made = spawnSync('sh', ['-c', 'umask 077; exec "$@"', 'sh', node, 'scripts/release.mjs', '--key', key, '--output', again], {
      cwd: elsewhere,
      encoding: 'utf8',
      env: { ...withoutAws(process.env), TZ: 'Asia/Tokyo' },
    })
    expect(made.stderr.includes('Error')).toBe(false)
    const sums = (from: string) => readFileSync(join(from, 'SHA256SUMS'), 'utf8').trim().split('\n')
    expect(sums(again)).toEqual(sums(release))
  }, 240_000)

  test.each([
    ['no key', [], 'give the key that signs with --key'],
    ['a folder that is not empty', ['--key', key, '--output', release], 'is not empty'],
  ])('is not made with %s', (_what, words, message) => {
    expect(script(...words)).toMatchObject({ status: 2, stderr: expect.stringContaining(message) })
  })

  test('is not signed with a key of another kind', () => {
    const other = join(folder, 'other.pem')
    execFileSync('openssl', ['genpkey', '-algorithm', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', other], { stdio: 'ignore' })
    expect(script('--key', other, '--output', join(folder, 'other'))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('Ed25519'),
    })
  })
})

describe('the executable', () => {
  const empty = join(folder, 'empty')
  const home = join(empty, 'home')
  const run = (...words: string[]) =>
    spawnSync(join(empty, 'gatehouse'), words, {
      cwd: empty,
      encoding: 'utf8',
      env: { HOME: home, PATH: `${clients}:/usr/bin:/bin`, AWS_PAGER: '' },
      timeout: 60_000,
    })
  const laidOut = () => {
    const cache = join(home, '.cache/gatehouse')
    return readdirSync(cache).map(name => join(cache, name))
  }

  beforeAll(() => {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    copyFileSync(join(release, executable), join(empty, 'gatehouse'))
    chmodSync(join(empty, 'gatehouse'), 0o755)
  })

  test('starts in an empty folder, without Node and packages, and answers the AWS CLI', () => {
    const { stdout, stderr } = run('up', '--ephemeral', '--', 'aws', 'sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text')
    expect({ stdout, stderr }).toEqual({ stdout: 'arn:aws:iam::111122223333:user/administrator\n', stderr: '' })
    expect(readdirSync(empty).toSorted()).toEqual(['gatehouse', 'home'])
  })

  test('has everything: the console, managed policies, clusters, threads', () => {
    const commands = [
      'curl --silent --cacert $AWS_CA_BUNDLE $AWS_ENDPOINT_URL/console/ | grep --max-count 1 --only-matching doctype',
      'aws iam get-policy --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess --query Policy.PolicyName --output text',
      'aws cloudtrail lookup-events --query "Events[].EventName" --output text',
    ]
    const { status, stdout } = run('up', '--ephemeral', '--', 'sh', '-c', commands.join(' && '))
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'doctype\nReadOnlyAccess\nGetPolicy\n' })
  })

  test('lays its files out once, for its user alone', () => {
    expect(run('--version').stdout).toBe(`${version}\n`)
    const [made, ...others] = laidOut()
    expect(others).toEqual([])
    expect(statSync(made as string).mode & 0o777).toBe(0o700)
  })

  test('lays them out anew when somebody changed one, or let others in', () => {
    const [made = ''] = laidOut()
    writeFileSync(join(made, 'dist/main.js'), 'console.log("changed")')
    expect(run('--version').stdout).toBe(`${version}\n`)
    chmodSync(made, 0o777)
    expect(run('--version').stdout).toBe(`${version}\n`)
    expect(laidOut().map(path => statSync(path).mode & 0o777)).toEqual([0o700])
  })

  test('writes profiles that ask it for credentials', () => {
    const written =
      'gatehouse=$PWD/gatehouse; $gatehouse configure-profile --data $DATA && env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_ENDPOINT_URL -u AWS_ENDPOINT_URL_STS aws --profile gatehouse sts get-caller-identity --query Account --output text'
    const { stdout } = run('up', '--ephemeral', '--', 'sh', '-c', written.replace('$DATA', '"$(dirname $AWS_CA_BUNDLE)"'))
    expect(stdout).toMatch(/^wrote profile gatehouse to .*\n111122223333\n$/)
  })
})

test('npx runs the package', () => {
  const project = join(folder, 'project')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{"private":true}')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', join(release, `gatehouse-${version}.tgz`)], { cwd: project })
  const { stdout } = spawnSync(
    'npx',
    ['--no-install', 'gatehouse', 'up', '--ephemeral', '--', 'aws', 'iam', 'list-users', '--query', 'length(Users)'],
    {
      cwd: project,
      encoding: 'utf8',
      env: { ...withoutAws(process.env), PATH: `${clients}:${process.env['PATH']}` },
    },
  )
  expect(stdout).toBe('1\n')
}, 180_000)
