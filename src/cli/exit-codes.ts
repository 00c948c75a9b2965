/** Something found ends with this, so that scripts tell it from a mistake, which ends with 1. */
export const exitCodeOfFindings = 3
