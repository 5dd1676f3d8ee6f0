import { builtinModules } from 'node:module'
import { allowedRooms, bundledRooms, drivers, publicDoors } from './house.ts'
import { type Finding, type Import, importsOf, resolveModule, type Source } from './source.ts'

/** A rule about who imports whom: it finds among all files the imports that break it. */
export type ImportRule = (sources: readonly Source[]) => Finding[]

/** A room imports lower rooms, whether values or types. */
export const roomsImportDownwards: ImportRule = (sources) =>
  findImports(sources, (source, { module }) => {
    const target = resolveModule(source.path, module)
    if (!module.startsWith('.') || !target.startsWith('src/')) return undefined
    const room = roomOf(source.path)
    const allowed = [room, ...(allowedRooms.get(room) ?? [])]
    if (allowed.includes(roomOf(target))) return undefined
    return `imports ${target}, but ${room}/ may import only ${allowed.map((name) => `${name}/`).join(', ')}`
  })

/** Every file stands in a room that has a place on the plan. */
export const filesStandInPlannedRooms: ImportRule = (sources) =>
  sources
    .filter(({ path }) => !allowedRooms.has(roomOf(path)))
    .map(({ path }) => ({
      file: path,
      line: 1,
      what: 'stands in no room of the plan: test/architecture/house.ts',
    }))

/** An `index.ts` stands only at a public door. */
export const onlyDoorsHaveAnIndex: ImportRule = (sources) =>
  sources
    .filter(
      ({ path }) =>
        path.endsWith('/index.ts') && !publicDoors.some((room) => path === `src/${room}/index.ts`),
    )
    .map(({ path }) => ({
      file: path,
      line: 1,
      what: 'is no public door: import from the file that defines a thing',
    }))

/** No file imports itself by way of others, not even for a type. */
export const importsHaveNoCycle: ImportRule = (sources) => {
  const graph = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source).map(({ module, line }) => ({ target: resolveModule(source.path, module), line })),
    ]),
  )
  return sources.flatMap(({ path }) => {
    const cycle = shortestWay(path, path, (file) => graph.get(file)?.map(({ target }) => target) ?? [])
    // Reported once, at the file that comes first in the alphabet.
    if (cycle === undefined || cycle.some((file) => file < path)) return []
    const line = graph.get(path)?.find(({ target }) => target === cycle[0])?.line ?? 1
    return [{ file: path, line, what: `imports itself: ${[path, ...cycle].join(' → ')}` }]
  })
}

/** A driver is imported only by the file named after it. */
export const driversStayBehindTheirFile: ImportRule = (sources) =>
  findImports(sources, (source, { module }) => {
    const [name, files] =
      Object.entries(drivers)
        .filter(([driver]) => module === driver || module.startsWith(`${driver}/`))
        .sort(([a], [b]) => b.length - a.length)[0] ?? []
    return files === undefined || files.test(source.path)
      ? undefined
      : `imports ${name}, which only ${files} may`
  })

/** A relative import leads to a file of `src/`, and carries its extension; style sheets and pictures are the bundler's to find. */
export const importsLeadSomewhere: ImportRule = (sources) => {
  const paths = new Set(sources.map(({ path }) => path))
  return findImports(sources, (source, { module }) => {
    if (module.startsWith('node:')) return undefined
    if (builtinModules.includes(module)) return `imports ${module} without node: in front`
    if (!module.startsWith('.') || /\.(json|css|svg)(\?url)?$/.test(module)) return undefined
    return paths.has(resolveModule(source.path, module))
      ? undefined
      : `imports ${module}, which is no file of src/`
  })
}

/** What runs is in `dependencies`; of a development dependency `src/` takes types at most, but for what is built for browsers. */
export function dependenciesAreDeclared(declared: {
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
}): ImportRule {
  return (sources) =>
    findImports(sources, ({ path }, { module, typeOnly }) => {
      if (/^[.#]|^node:/.test(module)) return undefined
      const name = module.split('/', module.startsWith('@') ? 2 : 1).join('/')
      if (declared.dependencies.includes(name)) return undefined
      if (!declared.devDependencies.includes(name)) return `imports ${name}, which package.json doesn't have`
      return typeOnly || bundledRooms.some((room) => path.startsWith(room))
        ? undefined
        : `imports ${name}, which is a development dependency`
    })
}

function findImports(
  sources: readonly Source[],
  match: (source: Source, named: Import) => string | undefined,
): Finding[] {
  return sources.flatMap((source) =>
    importsOf(source).flatMap((named) => {
      const what = match(source, named)
      return what === undefined ? [] : [{ file: source.path, line: named.line, what }]
    }),
  )
}

/** `src/users/users.ts` → `users`; a file beside the rooms is in none. */
function roomOf(path: string): string {
  const [, room, ...rest] = path.split('/')
  return rest.length === 0 ? '' : (room ?? '')
}

/** The stations after `from` up to `to`, by way of as few as possible. */
function shortestWay(
  from: string,
  to: string,
  next: (station: string) => readonly string[],
): string[] | undefined {
  const seen = new Set<string>()
  let ways: string[][] = [[from]]
  while (ways.length > 0) {
    const longer: string[][] = []
    for (const way of ways) {
      for (const station of next(way.at(-1) ?? from)) {
        if (station === to) return [...way.slice(1), station]
        if (seen.has(station)) continue
        seen.add(station)
        longer.push([...way, station])
      }
    }
    ways = longer
  }
  return undefined
}
