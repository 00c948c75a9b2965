/** A certificate that is replaced while it is served. */
interface Renewal<Certificate extends { readonly renewAt: number }> {
  /** When the one that is served is to be replaced. Epoch milliseconds. */
  readonly renewAt: number
  readonly next: () => Promise<Certificate>
  readonly replace: (certificate: Certificate) => void | Promise<void>
  now(): number
  readonly log: { error(facts: object, message: string): void }
}

const checkMilliseconds = 3_600_000

/** Serves a new certificate before the old one ends, whoever serves it goes on. What fails is tried again an hour later. */
export function keepRenewed<Certificate extends { readonly renewAt: number }>(renewal: Renewal<Certificate>): NodeJS.Timeout {
  const { next, now, log } = renewal
  let { renewAt } = renewal
  const check = async () => {
    if (now() < renewAt) return
    const certificate = await next()
    await renewal.replace(certificate)
    ;({ renewAt } = certificate)
  }
  return setInterval(
    () => void check().catch((problem: unknown) => log.error({ problem }, 'a certificate could not be renewed')),
    checkMilliseconds,
  ).unref()
}
