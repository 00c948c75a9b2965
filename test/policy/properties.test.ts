import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ApplicablePolicies,
  type CompiledPolicy,
  decideWithPlan,
  preparePlan,
  compilePolicy,
  decide,
  explain,
  parsePolicy,
  parsePolicy as parse,
  printPolicy,
} from '../../src/policy/index.ts'
import { compileAll, document, policyTexts, request, type StatementJson } from './arbitrary.ts'
import { naiveDecide } from './naive.ts'
import { allow, policyText, request as askOf, user } from './support.ts'

/** Cases of each property; the nightly script asks for more. */
const numRuns = Number(process.env['GATEHOUSE_PROPERTY_CASES'] ?? 20_000)

const identityOf = (statements: StatementJson[]): ApplicablePolicies => ({
  identity: [
    compilePolicy(parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), 'identity'), { id: 'p', type: 'inline' }),
  ],
})

describe('the engine against an evaluator that is written from the documentation', () => {
  test('both decide alike for random policies of all types and random requests', { timeout: 3_600_000 }, () => {
    let decided = 0
    fc.assert(
      fc.property(policyTexts, fc.array(request, { minLength: 1, maxLength: 8 }), (texts, requests) => {
        const policies = compileAll(texts)
        for (const one of requests) {
          decided++
          expect(decide(one, policies).effect).toBe(naiveDecide(one, texts))
        }
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    )
    expect(decided).toBeGreaterThanOrEqual(numRuns)
  })
})

describe('many policies, which are joined in one index', () => {
  const many = fc.array(
    document(false).map(value => JSON.stringify({ ...value, Statement: value.Statement.slice(0, 1) })),
    { minLength: 26, maxLength: 32 },
  )
  const compile = (text: string) => compilePolicy(parsePolicy(text, 'identity'), { id: 'p', type: 'inline' })

  test('decisions are those of the naive evaluator, also after policies were replaced', { timeout: 3_600_000 }, () => {
    let allowed = 0
    fc.assert(
      fc.property(
        many,
        fc.array(fc.tuple(fc.nat(25), fc.nat(25)), { maxLength: 3 }),
        fc.array(request, { minLength: 4, maxLength: 8 }),
        (texts, swaps, requests) => {
          const policies = texts.map(compile)
          const plan = preparePlan({ identity: policies })
          const check = () => {
            for (const one of requests) {
              const { effect } = decideWithPlan(one, plan)
              if (effect === 'allowed') allowed++
              expect(effect).toBe(naiveDecide(one, { identity: texts }))
            }
          }
          check()
          for (const [to, from] of swaps) {
            const after = compile(texts[from] ?? '')
            plan.replaceIdentity(policies[to] as CompiledPolicy, after)
            policies[to] = after
            texts[to] = texts[from] ?? ''
            check()
          }
        },
      ),
      { numRuns: Math.ceil(numRuns / 40) },
    )
    expect(allowed).toBeGreaterThan(0)
  })

  test.each([
    ['a suffix', 'arn:aws:s3:::*-logs', 'arn:aws:s3:::x-logs', true],
    ['a suffix of another', 'arn:aws:s3:::*-logs', 'arn:aws:s3:::x-log', false],
    ['a suffix after a variable', 'arn:aws:s3:::${aws:username}-team-logs', 'arn:aws:s3:::ann-team-logs', true],
    ['a prefix', 'arn:aws:s3:::logs-*', 'arn:aws:s3:::logs-x', true],
    ['both', 'arn:aws:s3:::a*z', 'arn:aws:s3:::abcz', true],
    ['a wildcard before the resource part', 'arn:aws:sqs:*:111122223333:jobs', 'arn:aws:sqs:us-east-1:111122223333:jobs', true],
  ])('a resource with %s is found among many', (_, pattern, resource, expected) => {
    const texts = Array.from({ length: 40 }, (_, n) => policyText(allow('s3:*', { Resource: `arn:aws:s3:::other-${n}*` })))
    const plan = preparePlan({ identity: [...texts, policyText(allow(['s3:*', 'sqs:*'], { Resource: pattern }))].map(compile) })
    expect(decideWithPlan(askOf(user, 's3:GetObject', resource), plan).effect === 'allowed').toBe(expected)
  })
})

describe('properties of decisions', () => {
  const statements = document(false).map(({ Statement }) => Statement)

  test('adding a Deny never allows more', { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(statements, statements, request, (before, added, one) => {
        const denies = added.map(statement => ({ ...statement, Effect: 'Deny' }))
        if (decide(one, identityOf([...before, ...denies])).effect === 'allowed')
          expect(decide(one, identityOf(before)).effect).toBe('allowed')
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    )
  })

  test('adding an Allow never allows less', { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(statements, statements, request, (before, added, one) => {
        const allows = added.map(statement => ({ ...statement, Effect: 'Allow' }))
        if (decide(one, identityOf(before)).effect === 'allowed')
          expect(decide(one, identityOf([...before, ...allows])).effect).toBe('allowed')
      }),
      { numRuns: Math.ceil(numRuns / 4) },
    )
  })

  test('an explanation agrees with the decision, and its applying statements account for it', { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(policyTexts, request, (texts, one) => {
        const policies = compileAll(texts)
        const { decision, groups } = explain(one, policies)
        expect(decision).toEqual(decide(one, policies))
        const denies = groups.some(({ considered, says }) => considered && says === 'denies')
        expect(denies).toBe(decision.effect === 'explicitDeny')
        if (decision.effect === 'explicitDeny')
          expect(groups.some(({ type, says }) => type === decision.decidedBy && says === 'denies')).toBe(true)
      }),
      { numRuns: Math.ceil(numRuns / 10) },
    )
  })
})

describe('properties of documents', () => {
  test('parsing what was printed gives what was parsed', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          document(false).map(value => ['identity', value] as const),
          document(true).map(value => ['resource', value] as const),
        ),
        ([kind, value]) => {
          const first = parse(JSON.stringify(value), kind)
          const printed = printPolicy(first)
          expect(JSON.parse(printed)).toEqual(JSON.parse(printPolicy(parse(printed, kind))))
          expect(printPolicy(parse(printed, kind))).toBe(printed)
          expect(withoutPlaces(parse(printed, kind))).toEqual(withoutPlaces(first))
        },
      ),
      { numRuns: Math.ceil(numRuns / 4) },
    )
  })
})

/** A document without positions, which printing changes. */
function withoutPlaces(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, item: unknown) =>
      ['start', 'end', 'offset', 'offsets', 'text', 'statementsStart'].includes(key) ? undefined : item,
    ),
  )
}
