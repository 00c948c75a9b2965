/** What goes on over and over. */
export interface RepeatedWork {
  /** Lets it not begin again; resolves when what goes on is done. */
  stop(): Promise<void>
}

/**
 * Does something over and over, without keeping the process.
 * @param work                never fails; resolves with the milliseconds until it is to begin again
 * @param firstMilliseconds   until it begins first; 0 for at once
 */
export function repeat(work: () => Promise<number>, firstMilliseconds: number): RepeatedWork {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let running = Promise.resolve()
  const run = async () => {
    const milliseconds = await work()
    if (!stopped) rest(milliseconds)
  }
  const begin = () => {
    running = run()
  }
  const rest = (milliseconds: number) => {
    timer = setTimeout(begin, milliseconds).unref()
  }
  if (firstMilliseconds === 0) begin()
  else rest(firstMilliseconds)
  return {
    async stop() {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
