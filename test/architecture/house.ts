/**
 * The plan of the house, as data: which room may import which, who may touch a driver, who may compose.
 * The tests beside this file hold `src/` to it.
 */

/** From the ground up; inside a floor, from low to high. A room imports lower rooms, never higher ones. */
export const floors: readonly (readonly string[])[] = [
  ['protocol', 'kernel'],
  ['database', 'redis'],
  [
    'devices',
    'limits',
    'revocations',
    'users',
    'credentials',
    'tokens',
    'sessions',
    'verification',
    'anomalies',
    'connections',
    'accounts',
  ],
  ['graphql'],
  ['sweeper', 'server', 'doctor', 'cli'],
]

/** Rooms that stand outside the floors, with all they may import. No floor may import them. */
const besideTheHouse: Readonly<Record<string, readonly string[]>> = {
  demo: ['protocol', 'kernel'],
  seed: floors.flat(),
  client: ['protocol'],
  verifier: ['protocol'],
  web: ['protocol', 'client'],
}

/** Room → the other rooms it may import. */
export const allowedRooms: ReadonlyMap<string, readonly string[]> = planRooms()

/** The rooms that others outside this repository import, and so the only ones with an `index.ts`. */
export const publicDoors: readonly string[] = ['client', 'verifier']

/** Where parts are chosen and put together. */
export const composers: readonly string[] = ['src/server/compose.ts', 'src/cli/', 'src/seed/main.ts']

/** Classes that hold one caller's data and aren't parts of the server: any room may make one. */
export const handedOutClasses: readonly string[] = ['EventStream']

/** The only files that read the time or set a timer: on the server, in the client, in the pages. */
export const clockFiles: readonly string[] = [
  'src/kernel/clock.ts',
  'src/client/clock.ts',
  'src/web/shared/clock.ts',
]

/** Rooms that are built into files for browsers: what they import is needed when they are built, and not when the server runs. */
export const bundledRooms: readonly string[] = ['src/client/', 'src/web/']

/** The only files that read `process.env`. */
export const environmentReaders: readonly string[] = [
  'src/server/config.ts',
  'src/cli/',
  'src/demo/main.ts',
  'src/seed/main.ts',
]

/** Where it is said in SQL, once for all, whether a session goes on. */
export const eraFile = 'src/sessions/eras.ts'

/** What is written to sessions whether they have ended or not: what was noticed in them, and that devices and places are forgotten. */
export const writersToEndedSessions: readonly string[] = ['src/sessions/queries.ts', 'src/sessions/sweep.ts']

/** Files that are run and not imported: the only ones whose import has an effect. */
export const entryPoints: readonly string[] = [
  'src/cli/main.ts',
  'src/demo/main.ts',
  'src/seed/main.ts',
  'src/web/account/main.tsx',
  'src/web/admin/main.tsx',
]

/** Rooms that declare by calling a builder at the top of a file, as Pothos wants. */
export const declaringRooms: readonly string[] = ['src/graphql/']

/** Package, or a part of it → the only files that may import it. The longest name that fits decides. */
export const drivers: Readonly<Record<string, RegExp>> = {
  postgres: /(^src\/database\/migrate|\/postgres)[.]ts$/,
  'drizzle-orm/postgres-js': /(^src\/database\/migrate|\/postgres)[.]ts$/,
  '@electric-sql/pglite': /\/pglite[.]ts$/,
  'drizzle-orm/pglite': /(^src\/database\/migrate|\/pglite)[.]ts$/,
  'drizzle-orm': new RegExp(`^src/(${['database', 'seed', ...(floors[2] ?? [])].join('|')})/`),
  '@node-rs/argon2': /^src\/credentials\/argon2[.]ts$/,
  ws: /^src\/server\/websocket[.]ts$/,
  'graphql-yoga': /^src\/(server|graphql)\//,
  jose: /^src\/(tokens|verifier)\//,
  '@redis/client': /^src\/redis\/redis[.]ts$/,
  '@nats-io/transport-node': /\/nats[.]ts$/,
  maxmind: /\/maxmind[.]ts$/,
}

function planRooms(): ReadonlyMap<string, readonly string[]> {
  const rooms = floors.flat()
  return new Map([
    ...rooms.map((room, height) => [room, rooms.slice(0, height)] as const),
    ...Object.entries(besideTheHouse),
  ])
}
