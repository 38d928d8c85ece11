import { isSdinspectError } from '../errors.ts'
import { type Limits, withinLimit } from '../limits.ts'
import { isGlob, nameMatcher, unfoldBraces } from './glob.ts'
import type { Place } from './source.ts'

/** A path so far and the part of the pattern that its next name must fit. */
interface Step {
  readonly path: string
  readonly part: number
}

interface Listing {
  readonly files: readonly string[]
  readonly folders: readonly string[]
}

/**
 * The files and folders that a pattern fits, each once, in natural order. `**` stands for any number of
 * folders, those that start with a dot left out.
 *
 * @param pattern parts split by `/`
 * @param placeAt the folder at a path
 * @throws SdinspectError `usage/pattern`, `limit/exceeded` for more folders than the limit `folders`
 */
export async function expandGlob(
  pattern: string,
  placeAt: (path: string) => Place,
  limits: Limits,
): Promise<readonly string[]> {
  const found = new Set<string>()
  const listings = new Map<string, Listing>()
  const list = async (path: string): Promise<Listing> => {
    let listing = listings.get(path)
    if (listing === undefined) {
      withinLimit(limits, 'folders', listings.size + 1, 'the number of folders looked through')
      listing = await listFolder(placeAt(path === '' ? '.' : path))
      listings.set(path, listing)
    }
    return listing
  }
  for (const alternative of unfoldBraces(pattern)) {
    for await (const path of walk(alternative.split('/'), list)) found.add(path)
  }
  return [...found]
}

async function* walk(
  parts: readonly string[],
  list: (path: string) => Promise<Listing>,
): AsyncGenerator<string> {
  const seen = new Set<string>()
  const open: Step[] = [{ path: parts[0] === '' ? '/' : '', part: parts[0] === '' ? 1 : 0 }]
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const key = `${step.part}\0${step.path}`
    if (seen.has(key)) continue
    seen.add(key)
    if (step.part === parts.length) yield step.path
    // Depth first, so what comes first is pushed last.
    else for (const inner of (await next(step, parts, list)).reverse()) open.push(inner)
  }
}

async function next(
  { path, part }: Step,
  parts: readonly string[],
  list: (path: string) => Promise<Listing>,
): Promise<Step[]> {
  const pattern = parts[part] as string
  if (pattern === '**') {
    const { folders } = await list(path)
    const below = folders.filter((name) => !name.startsWith('.'))
    return [{ path, part: part + 1 }, ...below.map((name) => ({ path: join(path, name), part }))]
  }
  // Parts before the first wildcard, and `..`, are no names to be found in a list.
  const isFixed = !parts.slice(0, part + 1).some(isGlob) || pattern === '..' || pattern === '.'
  if (isFixed) return [{ path: join(path, pattern), part: part + 1 }]
  const { files, folders } = await list(path)
  const names = part === parts.length - 1 ? [...files, ...folders] : folders
  return names.filter(nameMatcher(pattern)).map((name) => ({ path: join(path, name), part: part + 1 }))
}

function join(path: string, name: string): string {
  return path === '' || path.endsWith('/') ? path + name : `${path}/${name}`
}

/** A folder that is missing or closed holds nothing that fits. */
async function listFolder(place: Place): Promise<Listing> {
  try {
    return { files: (await place.list()) ?? [], folders: (await place.folders?.()) ?? [] }
  } catch (error) {
    if (isSdinspectError(error)) return { files: [], folders: [] }
    throw error
  }
}
