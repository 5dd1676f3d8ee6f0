/** Who plays in the story. */
export type DeviceName = 'laptop' | 'phone' | 'PC'

export interface DeviceProfile {
  readonly name: DeviceName
  /** What it is, for the cast list. */
  readonly about: string
  readonly userAgent: string
  readonly transport: 'WebSocket' | 'server-sent events'
}

/** In the order of their columns. */
export const CAST: readonly DeviceProfile[] = [
  {
    name: 'laptop',
    about: 'Firefox on a Mac',
    userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:144.0) Gecko/20100101 Firefox/144.0',
    transport: 'WebSocket',
  },
  {
    name: 'phone',
    about: 'Safari on an iPhone',
    userAgent:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
    transport: 'server-sent events',
  },
  {
    name: 'PC',
    about: 'Chrome on Windows, at work',
    userAgent:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
    transport: 'WebSocket',
  },
]
