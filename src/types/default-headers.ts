/**
 * What every answer tells browsers, unless it says otherwise itself: to take it for what it says it is, to show it without scripts, cookies or an origin,
 * so that it is nobody's way into the console, and never in a frame.
 * @see W3C Content Security Policy Level 3, "sandbox" and "frame-ancestors"; WHATWG Fetch, "X-Content-Type-Options"
 */
export const defaultHeaders = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "sandbox; frame-ancestors 'none'",
} as const
