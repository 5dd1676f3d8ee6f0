/**
 * A node of the cluster: the server as `npm start` has it, which ends at once when whoever started it is gone, in whichever way. The
 * kernel closes the pipe to our standard input then.
 */
process.stdin.resume()
process.stdin.once('close', () => process.exit(1))
// alone it keeps nothing running
if ('unref' in process.stdin) (process.stdin as { unref(): void }).unref()
process.argv.splice(2, Number.POSITIVE_INFINITY, 'serve')
await import('../../../bin/main.cjs' as string)
