import type { ServerResponse } from 'node:http'
import type { Config } from './config.ts'

/** What a browser sees at `/` where the pages are not built: where things are. */
export function landingPage(response: ServerResponse, { graphiql }: Pick<Config, 'graphiql'>): void {
  const links = [
    graphiql ? '<li><a href="/graphql">GraphiQL</a>, to try the API (development only)</li>' : '',
    '<li><code>POST /graphql</code>, the API; the same path takes WebSockets and server-sent events</li>',
    '<li><a href="/healthz">/healthz</a> and <a href="/readyz">/readyz</a>, for load balancers</li>',
  ]
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy':
      "default-src 'none'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  })
  response.end(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Curfew</title>
<style>
  body { font: 1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 12vh auto 0; padding: 0 1.25rem; }
  h1 { margin: 0; font-size: 2rem; letter-spacing: -0.02em; }
  p { margin: 0.25rem 0 1.5rem; opacity: 0.75; }
  ul { padding-left: 1.2rem; }
</style>
<h1>Curfew</h1>
<p>The session server that really signs people out. It is running; its pages for people come with <code>npm run build</code>.</p>
<ul>${links.join('')}</ul>
</html>
`)
}
