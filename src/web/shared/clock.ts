/** The only place of the pages that reads the time and sets timers. */

/** @returns now, in milliseconds since 1970 */
export function readClock(): number {
  return Date.now()
}

/** Calls back after so many milliseconds. @returns how to call it off */
export function after(milliseconds: number, callback: () => void): () => void {
  const timer = setTimeout(callback, milliseconds)
  return () => clearTimeout(timer)
}

/** Calls back again and again. @returns how to end it */
export function every(milliseconds: number, callback: () => void): () => void {
  const timer = setInterval(callback, milliseconds)
  return () => clearInterval(timer)
}
