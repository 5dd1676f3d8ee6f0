/** Something came out otherwise than promised, and the story cannot go on. The message is for whoever watches. */
export class Deviation extends Error {
  override readonly name = 'Deviation'
}
