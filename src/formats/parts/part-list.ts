import { parseJson } from '../../codec/json.ts'
import { isSdinspectError } from '../../errors.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { Plain, PlainMap } from '../../model/checkpoint.ts'
import type { Place } from '../../source/source.ts'

/** A part of a model that is kept in several folders. */
export interface Part {
  /** Its key in the list, and the name of its folder; `''` for the folder of the list itself. */
  readonly name: string
  readonly folder: string
  /** As the list has it: `UNet2DConditionModel`. */
  readonly className: string
  /** Whether loading it fails without weights, without a folder, or without neither. */
  readonly needs: 'weights' | 'folder' | 'nothing'
}

/** What a folder says of its parts, in a file of diffusers or sentence-transformers. */
export interface PartList {
  /** The file. */
  readonly name: string
  readonly bytes: number
  readonly writer: string
  readonly parts: readonly Part[]
}

interface Kind {
  readonly name: string
  readonly writer: string
  /** The parts; null for a document that is something else. */
  read(document: Plain): readonly Part[] | null
}

const kinds: readonly Kind[] = [
  { name: 'model_index.json', writer: 'diffusers', read: pipelineParts },
  { name: 'modules.json', writer: 'sentence-transformers', read: sentenceModules },
]

/** Whether a folder of these files is that of a model of several parts. */
export function mayListParts(names: readonly string[]): boolean {
  return kinds.some(({ name }) => names.includes(name))
}

/** The lists of parts in a folder. One that is none, or cannot be read, is no list. */
export async function partLists(
  place: Place,
  names: readonly string[],
  limits: Limits,
): Promise<readonly PartList[]> {
  const lists: PartList[] = []
  for (const { name, writer, read } of kinds) {
    if (!names.includes(name)) continue
    const found = await documentOf(place, name, limits)
    const parts = found === null ? null : read(found.document)
    if (found !== null && parts !== null) lists.push({ name, writer, parts, bytes: found.bytes })
  }
  return lists
}

async function documentOf(
  place: Place,
  name: string,
  limits: Limits,
): Promise<{ readonly document: Plain; readonly bytes: number } | null> {
  try {
    const source = await place.open(name)
    try {
      withinLimit(limits, 'configBytes', source.size, `the size of ${name} in bytes`)
      const bytes = await source.read(0, source.size)
      return { document: parseJson(bytes, { what: name, limits, lines: true }), bytes: source.size }
    } finally {
      await source.close?.()
    }
  } catch (error) {
    if (isSdinspectError(error)) return null
    throw error
  }
}

// diffusers, DiffusionPipeline.from_pretrained: every entry that is a pair of library and class is a component in a
// folder of its name; [null, null] is one that was left out on purpose.

/** Classes of components that have a configuration and no weights. */
const weightless =
  /(?:Scheduler|Tokenizer(?:Fast)?|FeatureExtractor|ImageProcessor(?:Fast)?|Processor(?:Fast)?|Guider|Guidance)$/
/** Models of other runtimes, whose weights are in files that are not read. */
const otherRuntime = /^(?:Flax|Onnx|ORT|OV)/

function pipelineParts(document: Plain): readonly Part[] | null {
  if (!(document instanceof Map) || typeof document.get('_class_name') !== 'string') return null
  const parts: Part[] = []
  for (const [name, value] of document as PlainMap) {
    if (name.startsWith('_') || !Array.isArray(value) || value.length !== 2) continue
    const className = value[1]
    if (typeof className !== 'string' || className === '') continue
    const isModel = !weightless.test(className) && !otherRuntime.test(className)
    parts.push({ name, folder: name, className, needs: isModel ? 'weights' : 'folder' })
  }
  return parts
}

// sentence-transformers, SentenceTransformer._load_modules: each entry names a class and the folder it is loaded from.

/** Modules that load weights of their own (sentence_transformers/models). */
const weighted = new Set([
  'Transformer',
  'MLMTransformer',
  'CLIPModel',
  'Dense',
  'LSTM',
  'CNN',
  'LayerNorm',
  'WeightedLayerPooling',
  'WordEmbeddings',
  'StaticEmbedding',
])
/** Modules that load a configuration only. */
const configured = new Set(['Pooling', 'Dropout', 'SpladePooling', 'WordWeights', 'BoW'])

function sentenceModules(document: Plain): readonly Part[] | null {
  if (!Array.isArray(document)) return null
  const parts: Part[] = []
  for (const entry of document as readonly Plain[]) {
    if (!(entry instanceof Map)) return null
    const [type, path] = [entry.get('type'), entry.get('path')]
    if (typeof type !== 'string' || typeof path !== 'string') return null
    const className = type.slice(type.lastIndexOf('.') + 1)
    const isOwn = type.startsWith('sentence_transformers.')
    const needs = !isOwn
      ? 'nothing'
      : weighted.has(className)
        ? 'weights'
        : configured.has(className)
          ? 'folder'
          : 'nothing'
    parts.push({ name: path === '' ? className : path, folder: path, className, needs })
  }
  return parts
}
