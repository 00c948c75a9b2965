import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { runAsPod } from '../../src/node/run-as-pod.ts'

const tokenPath = '/var/run/secrets/eks.amazonaws.com/serviceaccount/token'
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-pod-test-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** Runs a program as a pod would; gives its exit code and what it wrote into a file. */
async function run(program: string, pod: Partial<Parameters<typeof runAsPod>[1]>) {
  const file = join(folder, 'out')
  const code = await runAsPod([process.execPath, '-e', `const fs = require('node:fs'); const out = ${JSON.stringify(file)}; ${program}`], {
    environment: {},
    outside: {},
    tokens: [],
    ...pod,
  })
  return { code, written: readFileSync(file, 'utf8') }
}

describe('a projected token', () => {
  test('is where the variable says, for its owner alone, and gone afterwards', async () => {
    const issue = async () => ({ token: 'first', expiresAt: Date.now() + 3_600_000 })
    const { written } = await run(
      `const path = process.env.AWS_WEB_IDENTITY_TOKEN_FILE
       fs.writeFileSync(out, JSON.stringify({ path, token: fs.readFileSync(path, 'utf8'), mode: fs.statSync(path).mode & 0o777 }))`,
      { environment: { AWS_WEB_IDENTITY_TOKEN_FILE: tokenPath }, tokens: [{ path: tokenPath, issue }] },
    )
    const { path, ...rest } = JSON.parse(written) as { path: string; token: string; mode: number }
    expect(rest).toEqual({ token: 'first', mode: 0o600 })
    expect(path.endsWith(tokenPath)).toBe(true)
    expect(() => readFileSync(path)).toThrow('ENOENT')
  })

  test('is renewed at four fifths of its life, while the process runs', async () => {
    let issued = 0
    const asked: number[] = []
    const startedAt = Date.now()
    const issue = async () => {
      asked.push(Date.now() - startedAt)
      return { token: `token ${++issued}`, expiresAt: Date.now() + 2_000 }
    }
    const { written } = await run(
      `const path = process.env.AWS_WEB_IDENTITY_TOKEN_FILE
       const seen = new Set()
       const look = setInterval(() => {
         seen.add(fs.readFileSync(path, 'utf8'))
         if (seen.size < 3) return
         clearInterval(look)
         fs.writeFileSync(out, JSON.stringify([...seen]))
       }, 5)`,
      { environment: { AWS_WEB_IDENTITY_TOKEN_FILE: tokenPath }, tokens: [{ path: tokenPath, issue }] },
    )
    // Never empty, never half: each look found a whole token.
    expect(JSON.parse(written)).toEqual(['token 1', 'token 2', 'token 3'])
    expect(asked[1]).toBeGreaterThanOrEqual(1_590)
    expect(asked[2]).toBeGreaterThanOrEqual(3_190)
  })

  test('that cannot be had at the start is an error, and nothing runs', async () => {
    const issue = () => Promise.reject(new Error('refused'))
    await expect(run(`fs.writeFileSync(out, 'ran')`, { tokens: [{ path: tokenPath, issue }] })).rejects.toThrow('refused')
    expect(() => readFileSync(join(folder, 'out'))).toThrow('ENOENT')
  })
})

describe('the process', () => {
  test("has the pod's variables, and nothing that would make it its caller", async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE')
    vi.stubEnv('AWS_PROFILE', 'mine')
    const { written } = await run(
      `const { AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_ROLE_ARN, AWS_REGION, AWS_CONFIG_FILE } = process.env
       fs.writeFileSync(out, JSON.stringify({ AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_ROLE_ARN, AWS_REGION, config: fs.existsSync(AWS_CONFIG_FILE) }))`,
      { environment: { AWS_ROLE_ARN: 'arn:role', AWS_REGION: 'pod' }, outside: { AWS_REGION: 'outside' } },
    )
    expect(JSON.parse(written)).toEqual({ AWS_ROLE_ARN: 'arn:role', AWS_REGION: 'pod', config: false })
  })

  test.each([
    { ends: 'with a code of its own', program: 'process.exit(7)', expected: 7 },
    { ends: 'by a signal', program: `process.kill(process.pid, 'SIGTERM')`, expected: 143 },
  ])('passes on its end: $ends', async ({ program, expected }) => {
    expect((await run(`fs.writeFileSync(out, ''); ${program}`, {})).code).toBe(expected)
  })

  test('that does not exist is named', async () => {
    await expect(runAsPod([join(folder, 'none')], { environment: {}, outside: {}, tokens: [] })).rejects.toThrow('no such command')
  })
})
