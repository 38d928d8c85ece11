import { isSdinspectError } from '../errors.ts'
import { type Limits, withinLimit } from '../limits.ts'
import type { ByteSource, Place } from '../source/source.ts'
import { inParallel } from '../source/together.ts'
import { headBytes } from './detect.ts'
import { type Candidate, candidatesOf, folderAt, joined, noCheckpoint, noList } from './folder.ts'
import type { Format } from './format.ts'
import { sniff, sniffName } from './sniff.ts'
import { weightFormats } from './weight-formats.ts'

/** Something in a folder that is not read as a checkpoint. */
export interface LeftAlone {
  /** As the candidates of the folder are called. */
  readonly path: string
  /** One phrase, no full stop. */
  readonly why: string
  /** Whether it may hold weights, of which nothing is known then. */
  readonly isPassedOver: boolean
}

/** All that is in a folder, and below it. */
export interface Survey {
  readonly candidates: readonly Candidate[]
  readonly left: readonly LeftAlone[]
}

/** What a file is that is not called like weights. */
type Judged = 'weights' | Omit<LeftAlone, 'path'>

/** Files whose first bytes are looked at together: at a distance each is a round. */
const judgedAtOnce = 16

/** Folders that hold no checkpoints of their own, and why. */
const otherFolders: ReadonlyMap<string, string> = new Map([
  ['.git', 'the history of a repository'],
  ['node_modules', 'packages of a program'],
  ['__pycache__', 'compiled Python'],
  ['blobs', 'files that a cache keeps under other names'],
])

/**
 * Looks at every file in a folder and below it. Files that are not called like weights are judged by their first
 * bytes, so a name keeps nothing out; what is no checkpoint is listed with the reason.
 *
 * @param reasonToLeave why a file or folder of this path is not to be read, null where it is
 * @throws SdinspectError `source/no-checkpoint` where there is none and nothing was passed over, `source/*` when the
 *   folder cannot be listed, `limit/exceeded` (`folders`, `folderFiles`)
 */
export async function survey(
  place: Place,
  limits: Limits,
  reasonToLeave: (path: string) => string | null = () => null,
): Promise<Survey> {
  const run = new SurveyRun(place, limits, reasonToLeave)
  await run.walk()
  if (run.candidates.length === 0 && !run.isAnythingLeft) throw noCheckpoint(place, run.searched)
  return run
}

class SurveyRun implements Survey {
  readonly candidates: Candidate[] = []
  readonly left: LeftAlone[] = []
  searched = 0
  readonly #root: Place
  readonly #limits: Limits
  /** By where folders really are, what they were called when they were looked at. */
  readonly #seen = new Map<string, string>()
  /** Files that an index names in folders below its own. */
  readonly #indexed = new Set<string>()
  #files = 0
  /** Whether something that is no other program's was left. */
  isAnythingLeft = false
  readonly #reasonToLeave: (path: string) => string | null

  constructor(root: Place, limits: Limits, reasonToLeave: (path: string) => string | null) {
    this.#root = root
    this.#limits = limits
    this.#reasonToLeave = reasonToLeave
  }

  async walk(): Promise<void> {
    const open: { place: Place; folder: string; depth: number }[] = [
      { place: this.#root, folder: '', depth: 0 },
    ]
    // Links come last: what they lead to has been looked at under its own name then.
    const links: typeof open = []
    for (let next = open.pop(); next !== undefined; next = open.pop() ?? links.shift()) {
      const seen = this.#seenAs(next.place, next.folder)
      if (seen !== undefined) {
        this.#leave(next.folder, `the same folder as ${this.#labelOf(seen)}`, false)
        continue
      }
      withinLimit(this.#limits, 'folders', ++this.searched, 'the number of folders searched')
      await this.#lookAt(next.place, next.folder)
      const inside: typeof open = []
      for (const name of (await next.place.folders?.()) ?? []) {
        const folder = joined(next.folder, name)
        const why = otherFolders.get(name)
        if (why === undefined && this.#isLeftOut(folder)) continue
        const inner = why === undefined ? folderAt(next.place, name) : undefined
        if (why !== undefined) this.#leave(folder, why, false)
        else if (inner === undefined) this.#leave(folder, 'its name is none that can be opened', true)
        else if (next.depth >= this.#limits.folderDepth) this.#leave(folder, this.#tooDeep(), true)
        else if (!this.#isWithin(inner)) this.#leave(folder, 'a link that leads out of the folder', true)
        else
          (isLink(inner, name, next.place) ? links : inside).push({
            place: inner,
            folder,
            depth: next.depth + 1,
          })
      }
      for (const one of inside.reverse()) open.push(one)
    }
  }

  #isWithin(place: Place): boolean {
    const [root, real] = [realPathOf(this.#root), realPathOf(place)]
    if (root === undefined || real === undefined) return true
    return (
      real === root || ['', '/', '\\'].some((sep) => /[/\\]$/.test(root + sep) && real.startsWith(root + sep))
    )
  }

  /** A folder that a link leads to as well is looked at once: the name it was looked at under, if it was. */
  #seenAs(place: Place, folder: string): string | undefined {
    const key = realPathOf(place)
    if (key === undefined) return undefined
    const before = this.#seen.get(key)
    if (before === undefined) this.#seen.set(key, folder)
    return before
  }

  #labelOf(folder: string): string {
    const { name } = this.#root
    return folder === '' ? name : `${name.replace(/[/\\]$/, '')}/${folder}`
  }

  #tooDeep(): string {
    return `more than folderDepth=${this.#limits.folderDepth} folders deep`
  }

  #leave(path: string, why: string, isPassedOver: boolean): void {
    this.isAnythingLeft ||= isPassedOver
    this.left.push({ path, why, isPassedOver })
  }

  /** What somebody said to leave out is left, whatever it is. */
  #isLeftOut(path: string): boolean {
    const reason = this.#reasonToLeave(path)
    if (reason === null) return false
    this.isAnythingLeft = true
    this.left.push({ path, why: reason, isPassedOver: false })
    return true
  }

  async #lookAt(place: Place, folder: string): Promise<void> {
    const all = await this.#namesIn(place, folder)
    if (all === null) return
    const names = all.filter(
      (name) => !this.#indexed.has(joined(folder, name)) && !this.#isLeftOut(joined(folder, name)),
    )
    this.#files += names.length
    withinLimit(this.#limits, 'folderFiles', this.#files, 'the number of files in the folders searched')
    const { candidates, beside, files } = await candidatesOf(place, folder, names, this.#limits)
    for (const one of [...candidates, ...beside]) this.candidates.push(one)
    for (const name of files) if (name.includes('/')) this.#indexed.add(joined(folder, name))
    const others = names.filter((name) => !files.has(name))
    const found = await inParallel(others, judgedAtOnce, (name) => this.#judge(place, name))
    others.forEach((name, i) => {
      const judged = found[i] as Judged
      if (judged === 'weights')
        this.candidates.push({ place, folder, name, what: { kind: 'file' }, isByBytes: true })
      else this.#leave(joined(folder, name), judged.why, judged.isPassedOver)
    })
  }

  async #namesIn(place: Place, folder: string): Promise<readonly string[] | null> {
    try {
      const names = await place.list()
      if (names === null) throw noList(place)
      return names
    } catch (error) {
      if (folder === '' || !isSdinspectError(error)) throw error
      this.#leave(folder, error.message, true)
      return null
    }
  }

  /** What a file is that is not called like weights. */
  async #judge(place: Place, name: string): Promise<Judged> {
    let source: ByteSource | undefined
    try {
      source = await place.open(name)
      const head = await source.read(0, Math.min(headBytes, source.size))
      for (const format of weightFormats)
        if (await claims(format, head, source, this.#limits)) return 'weights'
      for (const format of weightFormats) if (await format.hides?.(source, this.#limits)) return 'weights'
      const known = sniff(head) ?? sniffName(name)
      if (known === null) return { why: 'no format of weights', isPassedOver: false }
      return { why: known.title, isPassedOver: known.isHarmless !== true }
    } catch (error) {
      if (!isSdinspectError(error)) throw error
      return { why: error.message, isPassedOver: true }
    } finally {
      await source?.close?.()
    }
  }
}

/** Whether a folder is somewhere else than its name in the folder above says. */
function isLink(place: Place, name: string, above: Place): boolean {
  const [real, outer] = [realPathOf(place), realPathOf(above)]
  if (real === undefined || outer === undefined) return false
  return !['', '/', '\\'].some((sep) => real === outer + sep + name)
}

/** Where a folder really is; undefined where that is not known, and listing it says why. */
function realPathOf(place: Place): string | undefined {
  try {
    return place.realPath?.()
  } catch (error) {
    if (isSdinspectError(error)) return undefined
    throw error
  }
}

async function claims(
  format: Format,
  head: Uint8Array,
  source: ByteSource,
  limits: Limits,
): Promise<boolean> {
  if (!format.detect(head, source.size)) return false
  return format.sniff === undefined || format.sniff(source, limits)
}
