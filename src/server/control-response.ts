import { z } from 'zod'

/** What goes back, as one line of JSON. */
export const responseSchema = z.union([
  z.object({ result: z.unknown() }),
  z.object({ refusal: z.object({ code: z.string(), message: z.string() }) }),
  z.object({ fault: z.string() }),
])
