/** A tag of AWS's own making: people can neither set, change nor remove it, and it counts to no limit. AWS General Reference, "Tagging AWS resources". */
export const isSystemTag = (key: string): boolean => /^aws:/i.test(key)
