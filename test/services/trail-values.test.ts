import { describe, expect, test } from 'vitest'
import { services } from '../../src/services/index.ts'
import { trailValue } from '../../src/services/trail-values.ts'
import type { ServiceModel, Shape } from '../../src/wire/model.ts'

// Whatever a model marks as sensitive stays off the record, wherever it stands in an input or an output, and so do the secrets that models do not mark.

const canary = 'CANARY-0f1e2d3c'
const plain = 'plain-text'
/** Secrets by name alone: STS's and EKS's models do not mark all of theirs. */
const secretNames =
  /^(SessionToken|SecretAccessKey|WebIdentityToken|SAMLAssertion|token|TokenCode|AuthenticationCode[12]|ContextAssertion)$/i

interface Grown {
  readonly value: unknown
  /** Paths of what must not be on record. */
  readonly secrets: readonly string[]
}

/** A value of a shape with every member there, a canary in each that is secret. */
function grow(model: ServiceModel, name: string, path: string, above: readonly string[], secret: boolean): Grown {
  const shape = model.shapes[name] as Shape & { readonly sensitive?: boolean }
  const isSecret = secret || shape.sensitive === true
  const secrets = (grown: readonly Grown[]) => grown.flatMap(each => each.secrets)
  if (above.includes(name)) return { value: undefined, secrets: [] }
  const within = [...above, name]
  switch (shape.type) {
    case 'structure': {
      const members = Object.entries(shape.members).map(
        ([member, { shape: of }]) => [member, grow(model, of, `${path}.${member}`, within, isSecret || secretNames.test(member))] as const,
      )
      return {
        value: Object.fromEntries(members.map(([member, { value }]) => [member, value])),
        secrets: secrets(members.map(([, each]) => each)),
      }
    }
    case 'list': {
      const item = grow(model, shape.member.shape, `${path}[]`, within, isSecret)
      return { value: item.value === undefined ? [] : [item.value], secrets: item.secrets }
    }
    case 'map': {
      const item = grow(model, shape.value.shape, `${path}{}`, within, isSecret)
      return { value: item.value === undefined ? {} : { key: item.value }, secrets: item.secrets }
    }
    case 'blob':
      return { value: Buffer.from(isSecret ? canary : plain), secrets: isSecret ? [path] : [] }
    case 'timestamp':
      return { value: new Date(0), secrets: [] }
    case 'boolean':
      return { value: true, secrets: [] }
    case 'integer':
    case 'long':
    case 'float':
    case 'double':
      return { value: 7, secrets: [] }
    default:
      return { value: isSecret ? canary : plain, secrets: isSecret ? [path] : [] }
  }
}

const shapesOf = (model: ServiceModel) =>
  Object.entries(model.operations).flatMap(([operation, { input, output }]) =>
    [input, output].flatMap(shape => (shape === undefined ? [] : [{ operation, shape }])),
  )

describe('no member that is sensitive goes on record', () => {
  test.each(services.map(({ service }) => ({ name: service.name, model: service.model })))('of $name', ({ model }) => {
    for (const { operation, shape } of shapesOf(model)) {
      const { value } = grow(model, shape, operation, [], false)
      const text = JSON.stringify(trailValue(model, shape, value)) ?? ''
      expect(text, `${operation}, ${shape}`).not.toContain(canary)
      expect(text, `${operation}, ${shape}`).not.toContain(Buffer.from(canary).toString('base64'))
    }
  })

  test('and there are some, which the canaries are in', () => {
    const found = services.flatMap(({ service: { name, model } }) =>
      shapesOf(model).flatMap(({ operation, shape }) => grow(model, shape, `${name}:${operation}`, [], false).secrets),
    )
    for (const path of [
      'iam:CreateLoginProfile.Password',
      'iam:ChangePassword.OldPassword',
      'iam:CreateAccessKey.AccessKey.SecretAccessKey',
      'iam:CreateVirtualMFADevice.VirtualMFADevice.Base32StringSeed',
      'iam:UploadServerCertificate.PrivateKey',
      'sts:AssumeRole.Credentials.SessionToken',
      'sts:AssumeRoleWithSAML.SAMLAssertion',
      'eks-auth:AssumeRoleForPodIdentity.token',
    ])
      expect(found).toContain(path)
  })
})
