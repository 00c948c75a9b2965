/** Text of a CSV file. A cell that a spreadsheet would take for a formula is quoted as text. RFC 4180; OWASP, "CSV Injection". */
export const csvOf = (rows: readonly (readonly (string | number | boolean)[])[]): string =>
  rows.map(row => row.map(cell => csvCell(String(cell))).join(',')).join('\r\n')

function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Hands the browser a file to save. */
export function download(fileName: string, text: string, type = 'text/csv'): void {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const anchor = document.createElement('a')
  anchor.href = address
  anchor.download = fileName
  anchor.click()
  URL.revokeObjectURL(address)
}
