import { type Count as CountEntity, LARGEST_COUNT } from '../kernel/page.ts'
import { builder } from './builder.ts'

export const Count = builder.objectRef<CountEntity>('Count').implement({
  description: 'How many there are of something.',
  fields: (t) => ({
    value: t.exposeInt('value', {
      description: `How many; at most ${LARGEST_COUNT}, which is as far as is counted.`,
    }),
    isExact: t.exposeBoolean('isExact', {
      description: 'Whether there are exactly so many; else there are more.',
    }),
  }),
})
