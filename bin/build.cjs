// Builds what browsers load, into dist/: the pages that the server serves, and the client that other pages import.
// Runs when packages are installed (`prepare`), and by `npm run build`. Where the tools of development were left out
// (`npm ci --omit=dev`) there is nothing to build with: the server then says that its pages are missing.
require('./require-node.cjs')

var childProcess = require('node:child_process')
var fs = require('node:fs')
var path = require('node:path')

var root = path.join(__dirname, '..')
var vite = path.join(root, 'node_modules/vite/bin/vite.js')

if (!fs.existsSync(vite)) {
  console.error(
    'The pages are not built: the tools of development are not installed. Run `npm ci`, then `npm run build`.',
  )
  process.exit(process.env.npm_lifecycle_event === 'prepare' ? 0 : 1)
}

run([vite, 'build', '--logLevel', 'warn'])
// what is no longer in the source is no longer in the package
fs.rmSync(path.join(root, 'dist/client'), { recursive: true, force: true })
run([path.join(root, 'node_modules/typescript/bin/tsc'), '--project', 'src/client/tsconfig.build.json'])

function run(command) {
  // whatever else is done on this machine: another value builds a page half as large again, with what is for development
  var env = Object.assign({}, process.env, { NODE_ENV: 'production' })
  var ended = childProcess.spawnSync(process.execPath, command, { cwd: root, env: env, stdio: 'inherit' })
  if (ended.status !== 0) process.exit(ended.status || 1)
}
