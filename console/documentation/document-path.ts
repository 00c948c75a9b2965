/** @param section  the anchor of a heading */
export const documentPath = (name: string, section?: string) =>
  `/documentation/${encodeURIComponent(name)}${section ? `?section=${encodeURIComponent(section)}` : ''}`
