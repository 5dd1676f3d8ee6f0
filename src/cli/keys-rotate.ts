import type { Command } from 'commander'
import { done } from './errors.ts'
import { briefly } from './keys-list.ts'
import type { Terminal } from './terminal.ts'

/** `curfew keys rotate` */
export function addKeysRotateCommand(keys: Command, terminal: Terminal): void {
  keys
    .command('rotate')
    .summary('make a new key to sign access tokens with')
    .description(
      'Makes a new key to sign access tokens with. It is published now, and signs once everybody who verifies tokens has had the time to learn of it; until then, and until they expire, tokens of the old key stay good.',
    )
    .option(
      '--now',
      'for a key that has leaked: the new key signs at once, and all others are withdrawn with every access token that they signed',
    )
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  curfew keys rotate
  curfew keys rotate --now`,
    )
    .action(async ({ now, json }: { now?: true; json?: true }) => {
      const { withOperations } = await import('./operations.ts')
      const result = await withOperations({ made: false }, async (operations) =>
        done(await operations.perform('rotateKeys', { atOnce: now === true })),
      )
      if (json) return terminal.printJson(result)
      const { key } = result
      terminal.print(
        key.state === 'SIGNING'
          ? `The key ${key.kid} signs now.`
          : `Made the key ${key.kid}. It signs from ${briefly(key.signsFrom)}.`,
      )
      if (now) terminal.print('All other keys are withdrawn; clients refresh their access tokens.')
    })
}
