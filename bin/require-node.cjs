// Runs before `npm start`, `npm test` and `npm run demo`. Syntax of 2015 and earlier, so that an old Node
// prints the sentence below and not a syntax error.
var needed = 24
var found = process.versions.node
var bundled = require('node:fs').existsSync(require('node:path').join(__dirname, '../node_modules/.bin/node'))

if (Number(found.split('.')[0]) < needed) {
  console.error(
    'Curfew needs Node ' +
      needed +
      ' or later, and this is Node ' +
      found +
      ': ' +
      (bundled
        ? 'start it by `bin/curfew` or `npm start`, which use the Node that `npm ci` brought.'
        : 'run `npm ci` with its install scripts allowed, so that the Node bundled in node_modules/.bin is used, ' +
          'or install Node ' +
          needed +
          '+.'),
  )
  process.exit(1)
}
