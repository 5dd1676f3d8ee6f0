import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import type { Logger } from '../kernel/logger.ts'
import { type Assets, readAssets, sendAsset } from './assets.ts'

/** Where `npm run build` puts the pages. */
const BUILT = fileURLToPath(new URL('../../dist/web', import.meta.url))

/** What the build writes where each answer needs a nonce of its own; see `vite.config.ts`. */
const NONCE = '%NONCE%'

/** The pages for people, as they were built: files that hold nothing secret, and are the same for everybody. */
export interface Pages {
  /**
   * Answers a GET or HEAD request for a page or for what a page is made of.
   * @returns false if the path is none of theirs, and nothing was answered
   */
  answer(path: string, request: IncomingMessage, response: ServerResponse): boolean
}

/**
 * Reads the pages that were built.
 * @param folder where they are; by default where the build puts them
 * @returns null if they were not built, or not completely, which the log tells
 */
export async function readPages(logger: Logger, folder = BUILT): Promise<Pages | null> {
  const built = await readBuilt(folder)
  if (built === null) {
    logger.warn({}, 'the account page and the administration page are not built: run `npm run build`')
    return null
  }
  const { account, administration, assets } = built
  return {
    answer(path, request, response) {
      if (path === '/') sendPage(response, account)
      else if (path === '/admin' || path.startsWith('/admin/')) sendPage(response, administration)
      else if (!path.startsWith('/assets/')) return false
      else if (!sendAsset(assets, path, request, response)) sendMissing(response)
      return true
    },
  }
}

interface Built {
  readonly account: string
  readonly administration: string
  readonly assets: Assets
}

/** @returns null if a page, or a file that one begins with, is not there */
async function readBuilt(folder: string): Promise<Built | null> {
  try {
    const account = await readFile(`${folder}/index.html`, 'utf8')
    const administration = await readFile(`${folder}/admin/index.html`, 'utf8')
    const assets = await readAssets(`${folder}/assets`, '/assets/')
    const named = [...`${account}${administration}`.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)]
    return named.every(([, path = '']) => assets.has(path)) ? { account, administration, assets } : null
  } catch {
    return null
  }
}

/**
 * The document, with a policy that lets it run its own scripts and show its own styles, and talk to this server alone. The nonce is
 * for the style sheets that the component library writes; no script gets in by it, because scripts have to be files of ours.
 * ASVS 3.4.3.
 */
function sendPage(response: ServerResponse, page: string): void {
  const nonce = randomBytes(16).toString('base64')
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': policy.join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  })
  response.end(page.replaceAll(NONCE, nonce))
}

/** A page that was open while another version was put in its place asks for files that are gone: never to be remembered. */
function sendMissing(response: ServerResponse): void {
  response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' })
  response.end('This file is gone: load the page again.\n')
}
