/**
 * What browsers are told about every answer of the console. Scripts, styles and everything else come from here alone; nobody shows the console in a
 * frame. Neither scripts nor styles may be inline: React sets styles by the object model, which the policy leaves alone.
 * @param host  as the browser names it, with its port
 * @see W3C Content Security Policy Level 3; RFC 6797
 */
export function securityHeaders(secure: boolean, host: string): { readonly [name: string]: string } {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data: blob:",
      "font-src 'self'",
      "connect-src 'self'",
      "worker-src 'self'",
      "manifest-src 'self'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "object-src 'none'",
    ].join('; '),
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'permissions-policy':
      'camera=(), microphone=(), geolocation=(), payment=(), usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self)',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(secure && hasName(host) && { 'strict-transport-security': 'max-age=31536000' }),
  }
}

/** A browser remembers HTTPS for a whole host, whatever the port: not for the developer's own machine, and for addresses it does not. RFC 6797, 8.1.1. */
function hasName(host: string): boolean {
  const name = host.replace(/:\d+$/, '')
  return !/^(localhost|.*\.localhost|[\d.]+|\[.*)$/i.test(name)
}
