// Starts the command line, in one process with the check of its Node.
require('./require-node.cjs')

var path = require('node:path')
// what Node has made of our source is kept beside the packages, so that commands start in half the time
require('node:module').enableCompileCache(path.join(__dirname, '../node_modules/.cache/curfew'))
require('../src/cli/main.ts')
