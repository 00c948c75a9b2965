import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { root, withoutAws } from './gatehouse.ts'

interface Action {
  readonly runs: { readonly steps: readonly { readonly run: string }[] }
}

test('action.yml starts Gatehouse and hands the variables of clients to the steps that follow', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-action-'))
  const [, start] = (parse(readFileSync(join(root, 'action.yml'), 'utf8')) as Action).runs.steps
  writeFileSync(join(folder, 'seed.yaml'), 'calls:\n  - iam:CreateUser: { UserName: ann }\n')
  const environment = {
    ...withoutAws(process.env),
    PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
    GITHUB_ACTION_PATH: root,
    GITHUB_ENV: join(folder, 'env'),
    RUNNER_TEMP: folder,
    SEED: 'seed.yaml',
    FLAGS: '--region eu-central-1',
  }
  const { status, stdout } = spawnSync('bash', ['-e', '-c', `${start?.run}\necho "pid $pid"`], {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
  })
  const pid = Number(/^pid (\d+)$/m.exec(stdout)?.[1])
  try {
    expect(status).toBe(0)
    const handed = Object.fromEntries(
      readFileSync(join(folder, 'env'), 'utf8')
        .trim()
        .split('\n')
        .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
    expect(handed).toMatchObject({ AWS_ENDPOINT_URL: expect.stringMatching(/^https:/), AWS_REGION: 'eu-central-1' })
    const { httpEndpoint } = JSON.parse(readFileSync(join(folder, 'gatehouse.json'), 'utf8')) as { httpEndpoint: string }
    expect((await fetch(`${httpEndpoint}/_gatehouse/health`)).status).toBe(200)
  } finally {
    if (pid > 0) process.kill(pid, 'SIGTERM')
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)
