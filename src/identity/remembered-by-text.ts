/**
 * Makes something of a text, or hands out what was made of the same text before: for what takes long to read, and says all in its text.
 * @param most  texts that are remembered; beyond, the one that came first is forgotten
 */
export function rememberedByText<Made>(most: number, make: (text: string) => Made): (text: string) => Made {
  const remembered = new Map<string, Made>()
  return text => {
    const known = remembered.get(text)
    if (known !== undefined) return known
    const made = make(text)
    if (remembered.size >= most) remembered.delete(remembered.keys().next().value as string)
    remembered.set(text, made)
    return made
  }
}
