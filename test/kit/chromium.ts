import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Where distributions and people have it. */
const PLACES = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]

/** Starts the Chromium of this machine, without a window and without talking to anybody else. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = PLACES.find((place) => place && existsSync(place))
  if (!executablePath) {
    throw new Error('There is no Chromium to test in: apt-get install chromium, or CHROMIUM=/path/to/it')
  }
  return await chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
