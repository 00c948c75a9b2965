/** Ends a turn. */
export type EndTurn = () => void

/** Whose turn it is to write to the one file: first come, first served, so that nobody meets the file's lock, nor starves. */
export interface WriteTurns {
  take(): Promise<EndTurn>
}

/** Turns of those who write in one process. */
export function localWriteTurns(): WriteTurns {
  let last: Promise<void> = Promise.resolve()
  return {
    async take() {
      const before = last
      let end: EndTurn = () => {}
      last = new Promise<void>(resolve => {
        end = resolve
      })
      await before
      return end
    },
  }
}
