/** The middle of some figures. */
export const median = (figures: readonly number[]): number => percentile(figures, 50)

export function percentile(figures: readonly number[], percent: number): number {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] as number
}

/** The best: machines are shared, and what disturbs only ever slows down. */
export const best = (figures: readonly number[]): number => Math.max(...figures)

export const rounded = (figure: number, digits = 0): number => Number(figure.toFixed(digits))
