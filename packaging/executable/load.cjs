// Laid out beside dist by the single-file executable, whose embedded script cannot import. A worker of a Gatehouse is its executable with the worker's own file as the first word.
const workerFile = require('node:path').join(__dirname, 'dist', 'worker-process.js')
module.exports = async words => (words[2] === workerFile ? import('./dist/worker-process.js') : (await import('./dist/main.js')).main(words))
