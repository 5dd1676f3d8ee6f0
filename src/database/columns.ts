import { customType, timestamp } from 'drizzle-orm/pg-core'

/** Raw bytes. */
export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({
  dataType: () => 'bytea',
})

/** A 64-bit transaction id, which unlike `xid` does not wrap around; as text, because it does not fit a JavaScript number. */
export const xid8 = customType<{ data: string; driverData: string }>({
  dataType: () => 'xid8',
})

/** A moment, to the millisecond: what a JavaScript Date can hold and give back unchanged. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })

/** Text in the order of its bytes, whatever language the database is in: an index on it finds prefixes too. */
export const key = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' })
