import { shortly } from '../api/api-error.ts'

interface Asked {
  readonly isPending: boolean
  readonly error: unknown
}

/** How a list of choices tells that its choices are on the way, or why there are none. */
export const choicesOf = ({ isPending, error }: Asked) =>
  error
    ? ({ statusType: 'error', errorText: shortly(error), errorIconAriaLabel: 'Error' } as const)
    : ({ statusType: isPending ? 'loading' : 'finished' } as const)
