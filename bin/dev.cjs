// `npm run dev`: the server, started anew when its source changes, and its pages with hot reload, which ask that server.
require('./require-node.cjs')

var childProcess = require('node:child_process')
var net = require('node:net')
var path = require('node:path')

var root = path.join(__dirname, '..')
var port = process.env.PORT || '4000'
var pages = 'http://localhost:5173'
var origins = [process.env.CURFEW_ORIGINS, pages].filter(Boolean).join(',')
var children = []
var ended = false

freePort(port, 'the server (set PORT to another)')
  .then(() => freePort('5173', 'the pages'))
  .then(run, (error) => {
    console.error(error.message)
    process.exitCode = 1
  })

function run() {
  children = [
    start(['--watch', '--watch-preserve-output', 'bin/main.cjs', 'serve'], {
      PORT: port,
      CURFEW_ORIGINS: origins,
    }),
    start(['node_modules/vite/bin/vite.js', '--strictPort'], { CURFEW_URL: `http://localhost:${port}` }),
  ]
  console.log(
    'The pages with hot reload are at ' +
      pages +
      '/ and ' +
      pages +
      '/admin; what the server serves itself was built before.',
  )
  // one is of no use without the other; the first one to end says how it went
  children.forEach((child) => {
    child.on('exit', (code) => {
      if (!ended) process.exitCode = code === null ? 0 : code
      ended = true
      stop('SIGTERM')
    })
  })
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

/** Neither half tells it well: one goes on waiting for its files to change, the other shows where in its code it failed. */
function freePort(number, whose) {
  return new Promise((resolve, reject) => {
    var probe = net.createServer()
    probe.once('error', (error) => {
      var why =
        error.code === 'EADDRINUSE'
          ? 'is in use by another program: stop that one, and try again'
          : error.message
      reject(new Error(`Port ${number}, for ${whose}, ${why}.`))
    })
    probe.listen(Number(number), 'localhost', () => probe.close(resolve))
  })
}

function start(command, environment) {
  return childProcess.spawn(process.execPath, command, {
    cwd: root,
    env: Object.assign({}, process.env, environment),
    stdio: 'inherit',
  })
}

function stop(signal) {
  children.forEach((child) => {
    if (child.exitCode === null) child.kill(signal)
  })
}
