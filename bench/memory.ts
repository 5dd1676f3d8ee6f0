// loaded before a contestant: says how much memory it really needs whenever it is asked to by SIGUSR2
process.on('SIGUSR2', () => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  console.log(`memory ${JSON.stringify({ rss, used: heapUsed + external })}`)
})
