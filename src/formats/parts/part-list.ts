import { parseJson } from '../../codec/json.ts'
import { isSdinspectError, SdinspectError } from '../../errors.ts'
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
  /** The package, or the file, of the class. */
  readonly module: string
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
  /** Files of Python beside the weights that it names as what a part, or all of them, is made with. */
  readonly code: readonly string[]
}

/** A file of this name that is no list. */
export interface UnreadableList {
  readonly name: string
  readonly error: SdinspectError
}

interface Kind {
  readonly name: string
  readonly writer: string
  /** The parts; null for a document that is something else. */
  read(document: Plain): readonly Part[] | null
  /** Files of Python that its classes are looked for in before any package. */
  codeOf(document: Plain, parts: readonly Part[]): readonly string[]
}

const kinds: readonly Kind[] = [
  { name: 'model_index.json', writer: 'diffusers', read: pipelineParts, codeOf: pipelineCode },
  { name: 'modules.json', writer: 'sentence-transformers', read: sentenceModules, codeOf: sentenceCode },
]

/** Whether a folder of these files is that of a model of several parts. */
export function mayListParts(names: readonly string[]): boolean {
  return kinds.some(({ name }) => names.includes(name))
}

/** The lists of parts in a folder. One that is none is left out; of one that cannot be read nothing is known. */
export async function partLists(
  place: Place,
  names: readonly string[],
  limits: Limits,
): Promise<readonly (PartList | UnreadableList)[]> {
  const lists: (PartList | UnreadableList)[] = []
  for (const { name, writer, read, codeOf } of kinds) {
    if (!names.includes(name)) continue
    const found = await documentOf(place, name, limits)
    if (found instanceof SdinspectError) lists.push({ name, error: found })
    else {
      const parts = read(found.document)
      if (parts === null) continue
      const code = await thoseThere(place, names, codeOf(found.document, parts))
      lists.push({ name, writer, parts, code, bytes: found.bytes })
    }
  }
  return lists
}

async function documentOf(
  place: Place,
  name: string,
  limits: Limits,
): Promise<{ readonly document: Plain; readonly bytes: number } | SdinspectError> {
  try {
    const source = await place.open(name)
    try {
      withinLimit(limits, 'configBytes', source.size, `the size of ${name} in bytes`)
      const bytes = await source.read(0, source.size)
      const document = parseJson(bytes, { what: name, limits, lines: true, nonfinite: true })
      return { document, bytes: source.size }
    } finally {
      await source.close?.()
    }
  } catch (error) {
    if (isSdinspectError(error)) return error
    throw error
  }
}

/** Of files in a folder and right below it, those that are there. */
async function thoseThere(
  place: Place,
  names: readonly string[],
  paths: readonly string[],
): Promise<readonly string[]> {
  const there: string[] = []
  const folders = (await place.folders?.()) ?? []
  for (const path of new Set(paths)) {
    const [folder = '', name] = path.split('/')
    if (
      name === undefined
        ? names.includes(path)
        : folders.includes(folder) && (await place.folder?.(folder)?.list())?.includes(name)
    )
      there.push(path)
  }
  return there
}

// diffusers, DiffusionPipeline.from_pretrained: every entry that is a pair of library and class is a component in a
// folder of its name; [null, null] is one that was left out on purpose.

/** Classes of components that have a configuration and no weights. */
const weightless =
  /(?:Scheduler|Tokenizer(?:Fast)?|FeatureExtractor|ImageProcessor(?:Fast)?|Processor(?:Fast)?|Guider|Guidance)$/
/** Models of other runtimes, whose weights are in files that are not read. */
const otherRuntime = /^(?:Flax|Onnx|ORT|OV)/

function pipelineParts(document: Plain): readonly Part[] | null {
  if (!(document instanceof Map)) return null
  const pipeline = document.get('_class_name')
  if (typeof pipeline !== 'string' && !Array.isArray(pipeline)) return null
  const parts: Part[] = []
  for (const [name, value] of document as PlainMap) {
    if (name.startsWith('_') || !Array.isArray(value) || value.length !== 2) continue
    const [module, className] = value
    if (typeof className !== 'string' || className === '') continue
    const isModel = !weightless.test(className) && !otherRuntime.test(className)
    const needs = isModel ? 'weights' : 'folder'
    parts.push({ name, folder: name, className, module: typeof module === 'string' ? module : '', needs })
  }
  return parts
}

/** pipeline_loading_utils.py: a file in the folder of a part comes before a package of its name. */
function pipelineCode(document: Plain, parts: readonly Part[]): readonly string[] {
  const pipeline = document instanceof Map ? document.get('_class_name') : undefined
  const own = Array.isArray(pipeline) && typeof pipeline[0] === 'string' ? [`${pipeline[0]}.py`] : []
  return [...own, ...parts.map(({ folder, module }) => `${folder}/${module}.py`)]
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
    const module = type.slice(0, Math.max(0, type.lastIndexOf('.')))
    parts.push({ name: path === '' ? className : path, folder: path, className, module, needs })
  }
  return parts
}

/** util/misc.py, import_module_class: a file of the folder comes before a package, but for its own. */
function sentenceCode(_document: Plain, parts: readonly Part[]): readonly string[] {
  return parts
    .filter(({ module }) => module !== '' && !module.startsWith('sentence_transformers.'))
    .map(({ module }) => `${module.replaceAll('.', '/')}.py`)
}
