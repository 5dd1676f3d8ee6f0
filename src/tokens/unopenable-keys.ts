/** Signing keys were sealed under a master secret that we don't have. */
export class UnopenableKeys extends Error {
  override readonly name = 'UnopenableKeys'

  constructor() {
    super('the signing keys are sealed under another master secret')
  }
}
