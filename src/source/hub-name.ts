import { quoted, SdinspectError } from '../errors.ts'

/** A model on the Hugging Face Hub, or a file or folder in it. */
export interface HubName {
  /** `org/name`, or `name` of the oldest models. */
  readonly repository: string
  /** A branch, a tag or a commit; null for the default branch. */
  readonly revision: string | null
  /** Of a file or folder; `''` for all of it. */
  readonly path: string
}

const otherKinds = new Set(['datasets', 'spaces', 'kernels', 'buckets'])
const hosts = new Set(['huggingface.co', 'hf.co'])
/** What a page of a model shows, followed by a revision and a path. */
const pages = new Set(['blob', 'resolve', 'raw', 'tree', 'blame'])

/** Whether a path is meant as a model of the Hub, by its start alone. */
export function isHubName(path: string): boolean {
  return /^(hf:\/\/|(https?:\/\/)?(huggingface\.co|hf\.co)\/)/i.test(path)
}

/** Endings of files, which a model has not: `models/bret.safetensors` is a file that is not there. */
const fileEnding =
  /\.(safetensors|bin|pt|pth|ckpt|pkl|json|ya?ml|gguf|npz|npy|onnx|msgpack|h5|keras|tflite|zip|tar|gz|txt|lock|md)$/i

/** `org/name` as the name of a model of the Hub, with its scheme; undefined for what cannot be one. */
export function plainHubName(path: string): string | undefined {
  const [owner, name, ...more] = path.split('/')
  if (owner === undefined || name === undefined || more.length > 0) return undefined
  const isName = !otherKinds.has(owner) && owner !== 'models' && !fileEnding.test(name)
  return isName && [owner, name].every(isGoodName) ? `hf://${path}` : undefined
}

/** `hf:org/name`, which is written with two slashes. */
export function withItsSlashes(path: string): string | undefined {
  const [, rest] = /^hf:\/?([^/].*)$/i.exec(path) ?? []
  return rest === undefined ? undefined : `hf://${rest}`
}

/**
 * What `hf://org/name@revision/path` names, or the address of a page of the Hub; undefined for anything else.
 *
 * @throws SdinspectError `usage/arguments` for one that names no model
 */
export function hubName(text: string): HubName | undefined {
  if (/^hf:\/\//i.test(text)) return fromScheme(text)
  return fromPage(text)
}

function fromScheme(text: string): HubName {
  const parts = text
    .slice('hf://'.length)
    .split('/')
    .filter((part) => part !== '')
  refuseOthers(parts[0], text)
  if (parts[0] === 'models') parts.shift()
  // A model of the first days has a name alone, and can be told from an owner by what follows.
  const [first = '', second, ...rest] = parts
  if (second === undefined) throw noModel(text, 'it is hf://org/name, with @revision and /path where wanted')
  const at = second.indexOf('@')
  const name = at < 0 ? second : second.slice(0, at)
  const repository = checkedRepository(`${first}/${name}`, text)
  if (at < 0) return { repository, revision: null, path: rest.map(decoded).join('/') }
  // refs/pr/3 and refs/convert/parquet keep their slashes, other revisions have them encoded.
  const revision = second.slice(at + 1)
  const more = revision === 'refs' ? rest.splice(0, 2) : []
  return {
    repository,
    revision: checkedRevision([revision, ...more].map(decoded).join('/'), text),
    path: rest.map(decoded).join('/'),
  }
}

function fromPage(text: string): HubName | undefined {
  let url: URL
  try {
    url = new URL(/^(huggingface\.co|hf\.co)\//i.test(text) ? `https://${text}` : text)
  } catch {
    return undefined
  }
  if (!hosts.has(url.hostname) || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined
  const parts = url.pathname.split('/').filter((part) => part !== '')
  refuseOthers(parts[0], text)
  const [owner = '', name, page, ...rest] = parts
  if (name === undefined || (page !== undefined && !pages.has(page)))
    throw noModel(text, 'give the address of a model or of one of its files')
  const repository = checkedRepository(`${owner}/${name}`, text)
  const [first, ...path] = rest
  if (first === undefined) return { repository, revision: null, path: '' }
  const revision = decoded(first) === 'refs' ? ['refs', ...path.splice(0, 2)] : [first]
  return {
    repository,
    revision: checkedRevision(revision.map(decoded).join('/'), text),
    path: path.map(decoded).join('/'),
  }
}

function refuseOthers(kind: string | undefined, text: string): void {
  if (kind === undefined || !otherKinds.has(kind)) return
  throw new SdinspectError(
    'unsupported/feature',
    `${quoted(text)} is of the ${kind} of the Hub, and only models are read`,
  )
}

/** By the rules of huggingface_hub. */
function checkedRepository(repository: string, text: string): string {
  if (repository.split('/').every(isGoodName)) return repository
  throw noModel(text, `${quoted(repository)} is no name of a model`)
}

function isGoodName(part: string): boolean {
  return (
    /^\w(?:[\w.-]{0,94}\w)?$/.test(part) &&
    !part.includes('--') &&
    !part.includes('..') &&
    !part.endsWith('.git')
  )
}

function checkedRevision(revision: string, text: string): string {
  // It becomes a part of an address.
  const isGood =
    revision !== '' &&
    !/[\u0000-\u0020\u007f\\?#]/.test(revision) &&
    !revision.split('/').some((part) => /^\.*$/.test(part))
  if (isGood) return revision
  throw noModel(text, 'its revision is none')
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function noModel(text: string, why: string): SdinspectError {
  return new SdinspectError('usage/arguments', `${quoted(text)} names no model of the Hub: ${why}`)
}
