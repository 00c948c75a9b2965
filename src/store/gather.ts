/**
 * Waits for as long as each turn of the event loop brings more: a commit costs far more than a turn, and those who come meanwhile share it.
 * @param waiting  how many wait now
 * @param most     how many a commit takes
 */
export async function gather(waiting: () => number, most: number): Promise<void> {
  let before = 0
  while (waiting() > before && before < most) {
    before = waiting()
    await new Promise(resolve => setImmediate(resolve))
  }
}
