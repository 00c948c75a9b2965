// Laid out beside dist by the single-file executable, whose embedded script cannot import.
module.exports = async words => (await import('./dist/main.js')).main(words)
