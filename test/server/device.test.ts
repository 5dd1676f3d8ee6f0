import { describe, expect, it } from 'vitest'
import { anyEmail, Browser, PASSWORD } from '../kit/browser.ts'
import { openTestDatabase } from '../kit/databases.ts'
import { useApp } from '../kit/use-app.ts'

const SIGN_UP = `mutation ($email: String!) { signUp(input: { email: $email, password: "${PASSWORD}" }) {
  ... on SignUpSuccess { session { device { label kind browser system } } } } }`

const CHROME =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36'

describe('a session', () => {
  const use = useApp(() => openTestDatabase('embedded'))

  it.each([
    [
      'what a browser says of itself',
      {
        'User-Agent': CHROME,
        'Sec-CH-UA': '"Brave";v="129", "Not=A?Brand";v="8", "Chromium";v="129"',
        'Sec-CH-UA-Mobile': '?0',
        'Sec-CH-UA-Platform': '"macOS"',
      },
      { label: 'Brave on macOS', kind: 'DESKTOP', browser: 'Brave', system: 'macOS' },
    ],
    [
      'its user agent',
      { 'User-Agent': CHROME },
      { label: 'Chrome on macOS', kind: 'DESKTOP', browser: 'Chrome', system: 'macOS' },
    ],
    [
      'the phone that an app is on',
      { 'User-Agent': 'CFNetwork/1494.0.7 Darwin/23.4.0' },
      { label: 'iPhone app', kind: 'PHONE', browser: null, system: 'iOS' },
    ],
    [
      'nothing, if that is what it says',
      { 'User-Agent': '-', 'Sec-CH-UA': '"\\"', 'Sec-CH-UA-Platform': '"' },
      { label: 'Unknown device', kind: 'OTHER', browser: null, system: null },
    ],
  ])('is called by %s', async (_, headers, device) => {
    const browser = new Browser(use.app)
    const { data } = await browser.send({ query: SIGN_UP, variables: { email: anyEmail() } }, headers)
    expect(data).toEqual({ signUp: { session: { device } } })
  })
})
