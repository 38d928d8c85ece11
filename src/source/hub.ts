import { quoted, SdinspectError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import { naturalCompare } from '../model/natural-order.ts'
import { containedName } from './contained-name.ts'
import { fileAt } from './http.ts'
import { type HttpAnswer, type HttpClient, network, Passing, refusal } from './http-client.ts'
import type { HubName } from './hub-name.ts'
import { missingFile } from './memory-place.ts'
import type { ByteSource, Place } from './source.ts'

/** A model of the Hub at one commit. */
export interface HubModel {
  /** `hf://org/name@commit`. */
  readonly name: string
  readonly commit: string
  /** Paths of all its files. */
  readonly files: readonly string[]
  readonly place: Place
}

/** What the list of a model's files may take, in bytes. The largest repositories have 100,000 files. */
const listBytes = 33_554_432

/**
 * Asks the Hub what a model has, at the commit that its revision is now: all that is read later is of that commit.
 *
 * @param endpoint of the Hub, without a slash at its end
 * @throws SdinspectError `source/*`
 */
export async function hubModel(
  { repository, revision }: HubName,
  client: HttpClient,
  endpoint: string,
  limits: Pick<Limits, 'downloadBytes'>,
): Promise<HubModel> {
  const url = new URL(
    `${endpoint}/api/models/${repository}/revision/${encodeURIComponent(revision ?? 'main')}`,
  )
  const shown = `hf://${repository}${revision === null ? '' : `@${revision}`}`
  const text = await client.get(url, {}, async (answer, body) => {
    if (answer.response.status !== 200) throw hubRefusal(answer, url, shown)
    const bytes = await body.read(listBytes)
    if (bytes.length > listBytes)
      throw network(url, `the list of its files is longer than ${listBytes} bytes`)
    return new TextDecoder().decode(bytes)
  })
  const { commit, files } = modelOf(text, url)
  const name = `hf://${repository}@${commit}`
  return {
    name,
    commit,
    files,
    place: hubPlace({ name, repository, commit, files }, '', client, endpoint, limits),
  }
}

function modelOf(text: string, url: URL): { commit: string; files: readonly string[] } {
  let model: unknown
  try {
    model = JSON.parse(text)
  } catch {
    throw network(url, 'the Hub answers with something that is no JSON')
  }
  const { sha, siblings } = (model ?? {}) as { sha?: unknown; siblings?: unknown }
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha) || !Array.isArray(siblings))
    throw network(url, 'the Hub does not say at which commit the model is, or what is in it')
  const files: string[] = []
  for (const sibling of siblings as readonly unknown[]) {
    const { rfilename } = (sibling ?? {}) as { rfilename?: unknown }
    if (typeof rfilename === 'string') files.push(rfilename)
  }
  return { commit: sha, files }
}

interface Repository {
  readonly name: string
  readonly repository: string
  readonly commit: string
  readonly files: readonly string[]
}

/** @param folder with its slash, `''` for the whole */
function hubPlace(
  model: Repository,
  folder: string,
  client: HttpClient,
  endpoint: string,
  limits: Pick<Limits, 'downloadBytes'>,
): Place {
  const inside = new Map(
    model.files
      .filter((file) => file.startsWith(folder))
      .map((file) => [file.slice(folder.length), file] as const),
  )
  const name = `${model.name}${folder === '' ? '' : `/${folder.slice(0, -1)}`}`
  return {
    name,
    list: async () => [...inside.keys()].filter((file) => !file.includes('/')).sort(naturalCompare),
    folders: async () => {
      const folders = new Set<string>()
      for (const file of inside.keys()) if (file.includes('/')) folders.add(file.slice(0, file.indexOf('/')))
      return [...folders].sort(naturalCompare)
    },
    folder: (inner) =>
      hubPlace(model, `${folder}${containedName(inner).join('/')}/`, client, endpoint, limits),
    open: async (fileName) => {
      const path = containedName(fileName).join('/')
      const file = inside.get(path)
      const label = `${name}/${path}`
      if (file === undefined) throw missingFile(label, fileName, inside)
      const resolve = `${endpoint}/${model.repository}/resolve/${model.commit}/`
      return hubFile(new URL(resolve + file.split('/').map(encodeURIComponent).join('/')), label, client)
    },
  }
}

/**
 * A file of the Hub. Where it is is asked without a range: an address that was asked for with one holds for that range
 * alone.
 */
async function hubFile(url: URL, label: string, client: HttpClient): Promise<ByteSource> {
  const locate = () =>
    client.get(url, {}, async (answer) => locationOf(answer, url, label), {
      method: 'HEAD',
      staysOnOrigin: true,
    })
  const first = await locate()
  return fileAt(
    { name: label, asked: url, size: first.size, url: first.url, locate: async () => (await locate()).url },
    client,
  )
}

function locationOf(answer: HttpAnswer, url: URL, label: string): { url: URL; size: number } {
  const { response } = answer
  if (!response.ok && !(response.status >= 300 && response.status < 400)) throw hubRefusal(answer, url, label)
  const stated =
    response.headers.get('x-linked-size') ?? (response.ok ? response.headers.get('content-length') : null)
  const size = /^\d{1,16}$/.test(stated ?? '') ? Number(stated) : Number.NaN
  if (!Number.isSafeInteger(size)) throw network(url, 'the Hub does not say how large the file is')
  return { url: answer.url, size }
}

/** What the Hub says of itself is more than the number. To a stranger a model that is not there is one he may not see. */
function hubRefusal(answer: HttpAnswer, url: URL, shown: string): SdinspectError | Passing {
  const { headers, status } = answer.response
  const code = headers.get('x-error-code')
  const refuse = (error: 'source/not-found' | 'source/permission', message: string, hint?: string) =>
    new SdinspectError(error, message, { file: shown, hint })
  if (code === 'RevisionNotFound') return refuse('source/not-found', 'the model has no such revision')
  if (code === 'EntryNotFound')
    return refuse('source/not-found', 'the model has no such file at this revision')
  if (code === 'GatedRepo')
    return refuse('source/permission', 'the model is gated', 'accept its terms on its page, and set HF_TOKEN')
  if (headers.get('x-error-message') === 'Access to this resource is disabled.')
    return refuse('source/permission', 'the Hub has disabled the model')
  if (code === 'RepoNotFound' || status === 401)
    return refuse(
      'source/not-found',
      'the Hub has no such model, or it is private',
      'check its name; for a private one set HF_TOKEN',
    )
  const said = headers.get('x-error-message')
  const error = refusal(answer, url)
  return said === null || error instanceof Passing
    ? error
    : new SdinspectError(error.code, `${error.message}: ${quoted(said)}`, { file: shown })
}
