import type { SensitiveAction, SessionEndReason } from '../../protocol/sessions.ts'

/** The language of the texts below; see `index.html`, too. */
export const LANGUAGE = 'en'

const plural = new Intl.PluralRules(LANGUAGE)

/** "1 session", "5 sessions": a translation names the forms that its language has. */
function count(amount: number, forms: { one: string; other: string }): string {
  const form = plural.select(amount) === 'one' ? forms.one : forms.other
  return form.replace('#', new Intl.NumberFormat(LANGUAGE).format(amount))
}

/** How long to wait: "12 seconds", "3 minutes". */
function wait(seconds: number): string {
  return seconds < 120
    ? count(seconds, { one: 'one second', other: '# seconds' })
    : count(Math.ceil(seconds / 60), { one: 'one minute', other: '# minutes' })
}

/** Every word of the account page, so that it can be translated without a look at the components. */
export const texts = {
  product: 'Curfew',
  justNow: 'just now',
  pageTitle: (section: string) => `${section} · Curfew`,

  frame: {
    skip: 'Skip to the content',
    navigation: 'Your account',
    administration: 'Administration',
    signOut: 'Sign out',
    signedInAs: 'Signed in as',
    toDark: 'Use the dark look',
    toLight: 'Use the light look',
    loading: 'Loading',
    close: 'Close',
    dismiss: 'Dismiss this message',
    notices: 'Messages',
  },

  sections: { devices: 'Devices', history: 'History', settings: 'Settings' },

  network: {
    offline: 'You are offline. What you see may be old; it is brought up to date as soon as you are back.',
    away: 'The server cannot be reached.',
    awayDetail: 'It is tried again by itself, every few seconds.',
    stale: (time: string) => `The server cannot be reached. What you see is as it was at ${time}.`,
    retry: 'Try again now',
    failing: 'This could not be loaded',
  },

  failures: {
    network: 'The server cannot be reached. Look at your connection, and try again.',
    unknownOutcome:
      'The connection broke off, so it is not known whether this was done. Look at the page, and try again if it was not.',
    busy: 'The server has a lot to do. Try again in a moment.',
    unexpected: 'Something went wrong on the server. Try again; if it stays so, tell whoever runs it.',
    reference: (reference: string) =>
      `Something went wrong on the server. Try again; if it stays so, tell whoever runs it, with this reference: ${reference}`,
    tooManyAttempts: (seconds: number) => `Too many attempts. Try again in ${wait(seconds)}.`,
    tooManyAttemptsOver: 'You can try again now.',
    wrongPassword: 'This is not your password.',
  },

  signIn: {
    title: 'Sign in',
    lead: 'To see where you are signed in, and to sign out anywhere.',
    againTitle: 'You were signed out',
    leftTitle: 'You are signed out',
    email: 'E-mail address',
    password: 'Password',
    show: 'Show the password',
    remember: 'Stay signed in on this device',
    rememberDetail: 'Leave this off on a computer that others use.',
    submit: 'Sign in',
    again: 'Sign in again',
    toSignUp: 'Make an account',
    noAccount: 'No account yet?',
    missingEmail: 'Enter your e-mail address.',
    malformedEmail: 'This is not an e-mail address: it has the form name@example.com.',
    missingPassword: 'Enter your password.',
  },

  signUp: {
    title: 'Make an account',
    lead: 'One account, for every device that you sign in on.',
    password: 'Choose a password',
    passwordHint: 'At least 8 characters. A few words that belong together for nobody but you are best.',
    submit: 'Make the account',
    toSignIn: 'Sign in',
    haveAccount: 'You have one already?',
    missingPassword: 'Choose a password.',
    closedTitle: 'Signing up is closed here',
    closedHint: 'New accounts are made by an administrator.',
    closed: 'Ask an administrator for an account. If you have one already, sign in with it.',
    closedBack: 'Go to sign-in',
    tooShort: (missing: number) =>
      count(missing, { one: 'One more character is needed.', other: '# more characters are needed.' }),
  },

  liveness: {
    opening: 'Connecting…',
    live: 'Live: what happens elsewhere shows here at once.',
    away: 'Reconnecting… This list may be out of date.',
  },

  devices: {
    title: 'Where you’re signed in',
    lead: 'Each of these can use your account. If you don’t know one, sign it out, and change your password.',
    thisDevice: 'This device',
    newDevice: 'New',
    others: 'Other devices',
    othersCount: (amount: number) => count(amount, { one: '# other session', other: '# other sessions' }),
    othersAtLeast: (amount: number) => `More than ${amount} other sessions`,
    nobodyElse: 'You are signed in nowhere else',
    nobodyElseDetail: 'As soon as you sign in on another device, it shows here.',
    unknownPlace: 'Place unknown',
    place: (city: string | null, country: string) => (city ? `${city}, ${country}` : country),
    activeNow: 'Active now',
    activeJustNow: 'Active just now',
    activeLately: 'Active within the last hour',
    lastActive: (when: string) => `Last active ${when}`,
    signedIn: (when: string) => `Signed in ${when}`,
    details: 'Details',
    detailsOf: (label: string) => `Details of ${label}`,
    end: 'Sign out',
    endOf: (label: string, place: string) => `Sign out ${label}, ${place}`,
    endOthers: 'Sign out all others',
    endEverywhere: 'Sign out everywhere',
    more: 'Show more',
    kinds: {
      DESKTOP: 'Computer',
      PHONE: 'Phone',
      TABLET: 'Tablet',
      TV: 'Television or console',
      BOT: 'Program',
      OTHER: 'Device',
    },
    facts: {
      kind: 'Kind of device',
      place: 'Place',
      network: 'Network',
      places: 'Seen at',
      created: 'Signed in',
      lastActive: 'Last active',
      verified: 'Identity last confirmed',
      idle: 'Ends if it is not used',
      expires: 'Ends in any case',
      factors: 'Signed in with',
      unknown: 'Unknown',
    },
    factors: { PASSWORD: 'a password', PASSKEY: 'a passkey' },
    anomalies: 'Something unusual was noticed',
    appeared: (label: string) => `A new sign-in: ${label}.`,
  },

  /** What was noticed in a session; kinds that this page does not know yet are told of as such. */
  anomalies: {
    REFRESH_TOKEN_REUSED:
      'A sign-in token of this session was used twice, which can mean that it was copied.',
    DISPLACED_TOKEN_USED:
      'A token was used that only somebody can have who refreshed this session in secret. It may have been copied.',
    RETRIED_FROM_ANOTHER_COUNTRY:
      'This session went on from another country than a moment before. If that was not you, it may have been copied.',
    other: 'Something was noticed in this session that is unusual for you.',
  } as Record<string, string> & { other: string },
  anomalyAt: (what: string, when: string) => `${what} Noticed ${when}.`,
  anomalyBanner: (amount: number) =>
    count(amount, {
      one: 'Something unusual was noticed in one of your sessions. If you don’t know it, sign it out, and change your password.',
      other:
        'Something unusual was noticed in # of your sessions. Sign out those that you don’t know, and change your password.',
    }),

  history: {
    title: 'Sign-in history',
    lead: 'Sessions that are over, and how each of them ended.',
    empty: 'Nothing has ended yet',
    emptyDetail: 'When you sign out somewhere, or a session reaches its limit, it shows here.',
    ended: (when: string) => `Ended ${when}`,
    began: (when: string) => `Signed in ${when}`,
    more: 'Show earlier ones',
    end: 'That is all that is kept.',
  },

  /** How a session ended, as its history says it. */
  endReasons: {
    SIGNED_OUT: 'Signed out',
    SIGNED_OUT_EVERYWHERE: 'Signed out from another device, with all others',
    REVOKED_BY_USER: 'Signed out from another device',
    REVOKED_BY_ADMINISTRATOR: 'Signed out by an administrator',
    REPLACED: 'Renewed when you confirmed your password',
    PASSWORD_UPDATED: 'Signed out when the password was changed',
    ACCOUNT_DISABLED: 'Signed out when the account was disabled',
    ACCOUNT_DELETED: 'Signed out when the account was deleted',
    IDLE_TIMEOUT: 'Not used for too long',
    ABSOLUTE_TIMEOUT: 'Reached its time limit',
    SESSION_LIMIT: 'Ended to make room for a newer sign-in',
    REFRESH_TOKEN_REUSED: 'Ended: one of its tokens was used twice',
    ANOMALY: 'Ended because something unusual was noticed',
  } satisfies Record<SessionEndReason, string>,

  /** What a page says whose own session has ended. */
  ended: {
    SIGNED_OUT: 'You signed out. Until next time.',
    SIGNED_OUT_EVERYWHERE: 'You were signed out everywhere, from one of your devices.',
    REVOKED_BY_USER: 'You were signed out from another of your devices.',
    REVOKED_BY_ADMINISTRATOR: 'An administrator signed you out.',
    REPLACED: 'This session goes on under a new one, which this tab could not take over. Sign in again.',
    PASSWORD_UPDATED: 'You were signed out because your password was changed.',
    ACCOUNT_DISABLED: 'You were signed out because your account was disabled.',
    ACCOUNT_DELETED: 'You were signed out because your account was deleted.',
    IDLE_TIMEOUT: 'You were signed out because you had not been active for a while.',
    ABSOLUTE_TIMEOUT: 'You were signed out because it was time to sign in again.',
    SESSION_LIMIT: 'You were signed out because you signed in on too many devices.',
    REFRESH_TOKEN_REUSED:
      'You were signed out because a sign-in token of yours was used twice, which can mean that it was stolen.',
    ANOMALY: 'You were signed out because something unusual was noticed in your session.',
  } satisfies Record<SessionEndReason, string>,
  endedForUnknownReason: 'Your session is over. Sign in again to go on.',

  settings: {
    title: 'Settings',
    accountTitle: 'Account',
    email: 'E-mail address',
    passwordTitle: 'Password',
    passwordLead: 'You are asked for the present one before it changes.',
    samePassword:
      'This is the new password. Enter the one that you have until now; if they are the same, there is nothing to change.',
    newPassword: 'New password',
    devicesQuestion: 'What about the devices where you are signed in?',
    keep: 'Leave them signed in',
    keepDetail: 'If you only want another password.',
    endAll: 'Sign out everywhere',
    endAllDetail: 'This device too. If somebody else may know your password.',
    update: 'Change the password',
    updated: 'Your password was changed. You are still signed in on your devices.',
    updatedAndEnded: (amount: number) =>
      count(amount, {
        one: 'Your password was changed, and one session was signed out.',
        other: 'Your password was changed, and # sessions were signed out.',
      }),
    deleteTitle: 'Delete the account',
    deleteLead:
      'Your account and what it knows of your devices goes, and you are signed out everywhere. It cannot be undone.',
    delete: 'Delete my account',
  },

  /** The question for the password: what it is asked for, and what the button then does. */
  verify: {
    lead: 'Enter your password: this is asked for so that nobody else can do this from your device.',
    password: 'Your password',
    cancel: 'Cancel',
    underWay: 'Under way. It cannot be cancelled any more.',
    actions: {
      REVOKE_SESSION: { title: (label: string) => `Sign out ${label}?`, submit: 'Sign it out' },
      REVOKE_OTHER_SESSIONS: {
        title: () => 'Sign out all other devices?',
        submit: 'Sign them out',
      },
      UPDATE_PASSWORD: { title: () => 'Confirm that it is you', submit: 'Change the password' },
      DELETE_ACCOUNT: { title: () => 'Delete your account for good?', submit: 'Delete it for good' },
    } satisfies Partial<Record<SensitiveAction, { title: (label: string) => string; submit: string }>>,
    othersLead: 'You stay signed in here, and nowhere else.',
    deleteLead: 'You are signed out everywhere at once, and nobody can sign in to this account again.',
  },

  everywhere: {
    title: 'Sign out everywhere?',
    lead: 'All of your sessions end at once, this one too. No password is needed for that; you need it to sign in again.',
    submit: 'Sign out everywhere',
  },

  done: {
    ended: (label: string) => `${label} is signed out.`,
    endedAlready: (label: string) => `${label} was signed out already.`,
    endedOthers: (amount: number) =>
      count(amount, { one: 'One other session was signed out.', other: '# other sessions were signed out.' }),
    endedNone: 'There was nothing to sign out: you are signed in nowhere else.',
  },
}
