import { parseJson } from '../codec/json.ts'
import { isSdinspectError } from '../errors.ts'
import { finding } from '../findings/finding.ts'
import type { Limits } from '../limits.ts'
import type { CheckpointFile, Plain, PlainMap, TokenizerIds } from '../model/checkpoint.ts'
import type { Finding } from '../model/finding.ts'
import type { Place } from '../source/source.ts'
import { codeNamedIn } from './own-code.ts'

/** A token and its id. */
type Token = readonly [text: string, id: number]

/**
 * Files of a tokenizer that number tokens, as `tokenizers` and `transformers` write them. The lists of tokens alone
 * are small; `tokenizer.json` holds the whole vocabulary.
 */
const tokenizerFiles: readonly (readonly [name: string, tokensOf: (file: PlainMap) => Iterable<Token>])[] = [
  ['added_tokens.json', numbered],
  ['tokenizer_config.json', (file) => addedTokens(file.get('added_tokens_decoder'))],
  ['vocab.json', numbered],
  ['tokenizer.json', tokensOfWhole],
]

/**
 * The highest ids of the tokenizer beside the weights; undefined where there is none. One that cannot be read is a
 * finding. At a distance nothing is read: the files are larger than all the headers.
 */
export async function readTokenizer(
  place: Place,
  limits: Limits,
): Promise<{
  readonly tokenizer?: TokenizerIds
  readonly files: readonly CheckpointFile[]
  readonly findings: readonly Finding[]
}> {
  const present = await place.list()
  const files: CheckpointFile[] = []
  const findings: Finding[] = []
  let highest: TokenizerIds | undefined
  for (const [name, tokensOf] of tokenizerFiles) {
    if (present?.includes(name) !== true) continue
    const read = await readJson(place, name, limits)
    if (read === null) continue
    if ('problem' in read) {
      findings.push(finding('config/unreadable', { problem: read.problem }, { file: name }))
      continue
    }
    files.push({ name, bytes: read.bytes, role: 'config' })
    findings.push(...codeNamedIn(name, read.value))
    const own = highestOf(name, tokensOf(read.value))
    if (own !== undefined && (highest === undefined || own.id > highest.id)) highest = own
  }
  return { ...(highest && { tokenizer: highest }), files, findings }
}

function highestOf(file: string, tokens: Iterable<Token>): TokenizerIds | undefined {
  let last: Token | undefined
  let lastOfText: number | undefined
  for (const token of tokens) {
    if (last === undefined || token[1] > last[1]) last = token
    if (!ofMedia.test(token[0]) && (lastOfText === undefined || token[1] > lastOfText)) lastOfText = token[1]
  }
  return last && { file, token: last[0], id: last[1], idOfText: lastOfText ?? null }
}

/** Tokens that stand for a picture, a sound or a film: what is put there comes from another encoder. */
const ofMedia = /image|img|vision|visual|pixel|patch|audio|speech|sound|video|frame|media/i

function* numbered(map: Plain | undefined): Iterable<Token> {
  if (!(map instanceof Map)) return
  for (const [text, id] of map) if (isId(id)) yield [text, id]
}

/** `{ "128000": { "content": "<|begin_of_text|>", … }, … }` */
function* addedTokens(decoder: Plain | undefined): Iterable<Token> {
  if (!(decoder instanceof Map)) return
  for (const [key, token] of decoder) {
    const id = /^\d{1,15}$/.test(key) ? Number(key) : undefined
    const text = token instanceof Map ? token.get('content') : undefined
    if (id !== undefined) yield [typeof text === 'string' ? text : key, id]
  }
}

/** `added_tokens`, and the vocabulary: an object of ids for BPE and WordPiece, a list for Unigram. */
function* tokensOfWhole(file: PlainMap): Iterable<Token> {
  const added = file.get('added_tokens')
  if (Array.isArray(added))
    for (const token of added) {
      const [text, id] = token instanceof Map ? [token.get('content'), token.get('id')] : []
      if (isId(id)) yield [typeof text === 'string' ? text : String(id), id]
    }
  const model = file.get('model')
  const vocabulary = model instanceof Map ? model.get('vocab') : undefined
  if (!Array.isArray(vocabulary)) yield* numbered(vocabulary)
  else {
    const last: Plain | undefined = vocabulary.at(-1)
    const text = Array.isArray(last) ? last[0] : undefined
    if (typeof text === 'string') yield [text, vocabulary.length - 1]
  }
}

function isId(value: Plain | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

type JsonRead = { readonly value: PlainMap; readonly bytes: number } | { readonly problem: string }

async function readJson(place: Place, name: string, limits: Limits): Promise<JsonRead | null> {
  try {
    const source = await place.open(name)
    try {
      if (source.remote === true) return null
      if (source.size > limits.tokenizerBytes)
        return { problem: `${source.size} bytes are over the limit tokenizerBytes=${limits.tokenizerBytes}` }
      const bytes = await source.read(0, source.size)
      const value = parseJson(bytes, { what: name, limits, lines: true, nonfinite: true })
      return value instanceof Map ? { value, bytes: source.size } : { problem: 'it is no JSON object' }
    } finally {
      await source.close?.()
    }
  } catch (error) {
    if (isSdinspectError(error)) return { problem: error.message }
    throw error
  }
}
