import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { keepSystemSetting, sealContexts, type Secrets, type Store, systemSetting, type Transaction } from '../store/index.ts'
import type { Random } from '../types/random.ts'
import { type KeyedCertificate, makeAuthority, makeEndCertificate, type Subject } from './certificate.ts'

/** Gatehouse's own authority: signs what its listeners, clusters and webhooks show. Made at first start; keys are kept encrypted. */
export interface CertificateAuthority {
  /** What clients trust, PEM: more than one certificate while an authority and its successor overlap. */
  readonly certificatePem: string
  /**
   * A server's certificate: the one made before, while it has long enough to live, else a new one.
   * @param hosts  host names and IP addresses, the first one also as common name
   * @param now    epoch milliseconds
   */
  serverCertificate(hosts: readonly string[], now: number): Promise<ServerCertificate>
  /** A certificate by which a client, such as a control plane's own, proves who it is. Not kept. */
  clientCertificate(subject: Subject, now: number): Promise<KeyedCertificate>
}

/** `certificatePem` is the chain, the authority included: an OIDC provider's thumbprint is that of the chain's last certificate. */
export interface ServerCertificate extends KeyedCertificate {
  /** When to ask for the next one. */
  readonly renewAt: number
}

const day = 86_400_000
const authorityLifetime = 3650 * day
/** A successor is published this long before it signs, so that clients have its certificate by then. */
const successorLead = 365 * day
const serverLifetime = 90 * day
const clientLifetime = 365 * day
/** Clocks differ: what was made now is valid on a machine that is behind. */
const clockSkew = 3_600_000

interface Authority {
  readonly subject: Subject
  readonly certificatePem: string
  /** Envelope: see the store's secrets. */
  readonly key: string
  readonly notAfter: number
}

const settingName = 'certificateAuthorities'

/** Opens the authority, making it, or its successor, when it is time. */
export async function openCertificateAuthority(store: Store, secrets: Secrets, random: Random, now: number): Promise<CertificateAuthority> {
  const authorities = await usableAuthorities(store, secrets, random, now)
  const signer = (at: number): Authority => {
    // The oldest that outlives what it signs: its certificate is the one that clients are surest to have.
    const authority = authorities.find(({ notAfter }) => notAfter >= at + clientLifetime) ?? authorities.at(-1)
    return authority as Authority
  }
  const keyOf = async ({ certificatePem }: Authority) => {
    // As the store has it now: it may have been sealed anew.
    const kept = await readSetting<readonly Authority[]>(store, settingName)
    const key = kept?.find(authority => authority.certificatePem === certificatePem)?.key ?? ''
    try {
      return createPrivateKey(secrets.decrypt(key, sealContexts.certificateAuthority).toString('utf8'))
    } catch {
      throw new Error('the certificate authority in the store cannot be opened: it was altered. Restore the data folder from a snapshot')
    }
  }
  const validity = (from: number, lifetime: number) => ({ notBefore: from - clockSkew, notAfter: from + lifetime })

  async function newServerCertificate(hosts: readonly string[], at: number): Promise<KeyedCertificate> {
    const authority = signer(at)
    const request = { subject: { commonName: hosts[0] as string }, hosts, usage: 'server', ...validity(at, serverLifetime) } as const
    const { certificatePem, keyPem } = makeEndCertificate(request, { subject: authority.subject, key: await keyOf(authority) }, random)
    return { certificatePem: certificatePem + authority.certificatePem, keyPem }
  }

  return {
    certificatePem: authorities.map(authority => authority.certificatePem).join(''),

    async serverCertificate(hosts, at) {
      if (hosts.length === 0) throw new Error('a server certificate needs a host')
      const name = `serverCertificate ${createHash('sha256').update(hosts.join('\n')).digest('base64url')}`
      const kept = await readSetting<KeyedCertificate>(store, name)
      if (kept && stillGood(kept.certificatePem, signer(at), at))
        return {
          certificatePem: kept.certificatePem,
          keyPem: secrets.decrypt(kept.keyPem, name).toString('utf8'),
          renewAt: renewAt(kept.certificatePem),
        }
      const made = await newServerCertificate(hosts, at)
      await writeSetting(store, name, { certificatePem: made.certificatePem, keyPem: secrets.encrypt(made.keyPem, name) })
      return { ...made, renewAt: renewAt(made.certificatePem) }
    },

    async clientCertificate(subject, at) {
      const authority = signer(at)
      const request = { subject, hosts: [], usage: 'client', ...validity(at, clientLifetime) } as const
      return makeEndCertificate(request, { subject: authority.subject, key: await keyOf(authority) }, random)
    },
  }
}

/** Those that have not expired, oldest first; never none. */
async function usableAuthorities(store: Store, secrets: Secrets, random: Random, now: number): Promise<readonly Authority[]> {
  const before = await store.read(tx => systemSetting(tx, settingName))
  const known = before === undefined ? [] : (JSON.parse(before) as readonly Authority[])
  const usable = known.filter(({ notAfter }) => notAfter > now)
  if (usable.some(({ notAfter }) => notAfter > now + clientLifetime + successorLead)) return usable
  const subject = { commonName: `Gatehouse ${new Date(now).getUTCFullYear()} ${Buffer.from(random.bytes(4)).toString('hex')}` }
  const notAfter = now + authorityLifetime
  const { certificatePem, keyPem } = makeAuthority({ subject, notBefore: now - clockSkew, notAfter }, random)
  const authorities = [...usable, { subject, certificatePem, key: secrets.encrypt(keyPem, sealContexts.certificateAuthority), notAfter }]
  const written = await store.write(async tx => {
    // Of nodes that start together one makes the authority.
    if ((await systemSetting(tx, settingName)) !== before) return false
    await putSetting(tx, settingName, authorities)
    return true
  })
  return written ? authorities : usableAuthorities(store, secrets, random, now)
}

/** Two thirds of a lifetime, as ACME clients do: a third is left to notice that renewal fails. */
function renewAt(certificatePem: string): number {
  const { validFromDate, validToDate } = new X509Certificate(certificatePem)
  return validFromDate.getTime() + ((validToDate.getTime() - validFromDate.getTime()) * 2) / 3
}

const stillGood = (certificatePem: string, authority: Authority, now: number): boolean =>
  now < renewAt(certificatePem) &&
  now >= new X509Certificate(certificatePem).validFromDate.getTime() &&
  certificatePem.endsWith(authority.certificatePem)

async function readSetting<T>(store: Store, name: string): Promise<T | undefined> {
  const text = await store.read(tx => systemSetting(tx, name))
  return text === undefined ? undefined : (JSON.parse(text) as T)
}

const writeSetting = (store: Store, name: string, value: unknown): Promise<void> => store.write(tx => putSetting(tx, name, value))

const putSetting = (tx: Transaction, name: string, value: unknown): Promise<void> => keepSystemSetting(tx, name, JSON.stringify(value))
