/** A bucket of tokens: `burst` at once, `perSecond` in the long run. */
export interface RateLimit {
  /** Takes one if there is one. */
  take(): boolean
  /** Milliseconds until one is there; 0 when one is. */
  wait(): number
}

/** @param now epoch milliseconds */
export function rateLimit(perSecond: number, burst: number, now: () => number): RateLimit {
  let tokens = burst
  let at = now()
  const refill = () => {
    const time = now()
    tokens = Math.min(burst, tokens + ((time - at) / 1000) * perSecond)
    at = time
  }
  return {
    take() {
      refill()
      if (tokens < 1) return false
      tokens -= 1
      return true
    },
    wait() {
      refill()
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1000)
    },
  }
}
