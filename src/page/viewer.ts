import { tensorPairing } from '../compare/pairing/tensor-pairing.ts'
import { isSdinspectError } from '../errors.ts'
import { openFolder } from '../formats/open-folder.ts'
import { readCheckpoint } from '../formats/read-checkpoint.ts'
import { defaultLimits } from '../limits.ts'
import type { Checkpoint } from '../model/checkpoint.ts'
import type { PageCheckpoint, PageContent } from '../render/html/page-content.ts'
import { failureView } from '../render/html/page-view.ts'
import { lookingAtValues } from '../seen-values.ts'
import { blobSource } from '../source/blob.ts'
import { memoryPlace } from '../source/memory-place.ts'
import { urlPlace, urlSource } from '../source/url.ts'
import { built, make, pause } from './dom.ts'
import { droppedFiles } from './dropped-files.ts'
import { pageCheckpoint } from './page-checkpoint.ts'
import { showContent } from './show-content.ts'

/** The script of a page that inspects what is dropped on it. */

type Opened =
  | { readonly path: string; readonly checkpoint: Checkpoint }
  | { readonly path: string; readonly error: unknown }

const at = <Kind extends HTMLElement>(id: string) => document.getElementById(id) as Kind
const drop = at<HTMLElement>('drop')
const state = at<HTMLElement>('state')
const shown = make('div', { id: 'shown' })
let runs = 0
/** Files of this machine: their small values are read where nothing else tells parameter from buffer, as everywhere. */
const looking = lookingAtValues('auto', false, { limits: defaultLimits })

/** Reads what was chosen, unless something else is chosen meanwhile, and shows it. */
async function inspect(what: string, open: () => AsyncIterable<Opened>): Promise<void> {
  const run = ++runs
  state.textContent = `reading ${what}…`
  await pause()
  const checkpoints: PageCheckpoint[] = []
  const failures: { path: string; message: string }[] = []
  try {
    for await (const opened of open()) {
      if (run !== runs) return
      if ('error' in opened) failures.push({ path: opened.path, message: messageOf(opened.error) })
      else checkpoints.push(pageCheckpoint(opened.checkpoint, { path: opened.path }))
      await pause()
    }
  } catch (error) {
    failures.push({ path: what, message: messageOf(error) })
  }
  if (run !== runs) return
  const [a, b, ...more] = checkpoints
  const comparison =
    a === undefined || b === undefined || more.length > 0 ? null : tensorPairing(a.report, b.report)
  await show({ checkpoints, failures, comparison })
}

async function show(content: PageContent): Promise<void> {
  state.textContent = ''
  drop.classList.add('small')
  shown.replaceChildren(...content.failures.map(({ path, message }) => built(failureView(path, message))))
  await showContent(content, shown)
}

function messageOf(error: unknown): string {
  if (!isSdinspectError(error)) return String(error)
  return error.hint === undefined ? error.message : `${error.message} (${error.hint})`
}

async function* files(all: ReadonlyMap<string, File>): AsyncGenerator<Opened> {
  const [only] = all.values()
  if (all.size === 1 && only !== undefined) {
    const checkpoint = await readCheckpoint(blobSource(only), { limits: defaultLimits, ...looking })
    yield { path: only.name, checkpoint }
    return
  }
  const { name, inside } = rooted(all)
  yield* openFolder(memoryPlace(inside, name), defaultLimits, looking)
}

async function dropped(transfer: DataTransfer): Promise<void> {
  let all: ReadonlyMap<string, File>
  try {
    all = await droppedFiles(transfer)
  } catch (error) {
    const failures = [{ path: 'what was dropped', message: messageOf(error) }]
    await show({ checkpoints: [], failures, comparison: null })
    return
  }
  if (all.size > 0) await inspect(nameOf(all), () => files(all))
}

/** The folder that all files are in, and the files by their names in it. */
function rooted(all: ReadonlyMap<string, File>): {
  readonly name: string
  readonly inside: ReadonlyMap<string, File>
} {
  const [first = ''] = all.keys()
  const slash = first.indexOf('/')
  const root = first.slice(0, slash + 1)
  if (slash < 1 || ![...all.keys()].every((name) => name.startsWith(root)))
    return { name: 'dropped files', inside: all }
  return {
    name: root.slice(0, -1),
    inside: new Map([...all].map(([name, file]) => [name.slice(root.length), file])),
  }
}

async function* address(url: string): AsyncGenerator<Opened> {
  const source = await urlSource(url)
  try {
    const checkpoint = await readCheckpoint(source, { limits: defaultLimits, place: urlPlace(url) })
    yield { path: source.name, checkpoint }
  } finally {
    await source.close?.()
  }
}

function chosen(input: HTMLInputElement): void {
  const all = new Map([...(input.files ?? [])].map((file) => [file.webkitRelativePath || file.name, file]))
  if (all.size > 0) void inspect(nameOf(all), () => files(all))
}

function nameOf(all: ReadonlyMap<string, File>): string {
  const [first = ''] = all.keys()
  return all.size === 1 ? first : `${all.size} files`
}

drop.after(shown)
state.textContent = ''
for (const id of ['files', 'folder'])
  at<HTMLInputElement>(id).addEventListener('change', ({ target }) => chosen(target as HTMLInputElement))
at('address').addEventListener('submit', (event) => {
  event.preventDefault()
  const url = at<HTMLInputElement>('url').value.trim()
  if (url !== '') void inspect(url, () => address(url))
})
document.addEventListener('dragover', (event) => {
  event.preventDefault()
  drop.classList.add('over')
})
document.addEventListener('dragleave', () => drop.classList.remove('over'))
document.addEventListener('drop', (event) => {
  event.preventDefault()
  drop.classList.remove('over')
  if (event.dataTransfer === null) return
  void dropped(event.dataTransfer)
})
