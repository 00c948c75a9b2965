/** Ends a command whose output nobody reads any more, as `gatehouse trail | head -1` does, with what it has found out so far. */
function endWithReader(problem: NodeJS.ErrnoException): void {
  if (problem.code !== 'EPIPE') throw problem
  process.exit()
}

/** For commands that answer and end. */
export const endWhenReaderIsGone = (): void => void process.stdout.on('error', endWithReader)

/** For a server: what it does matters more than what it prints. */
export function goOnWithoutReader(): void {
  process.stdout.off('error', endWithReader)
  process.stdout.on('error', (problem: NodeJS.ErrnoException) => {
    if (problem.code !== 'EPIPE') throw problem
  })
}
