import { parseJson } from '../codec/json.ts'
import { isSdinspectError } from '../errors.ts'
import { finding } from '../findings/finding.ts'
import type { Limits } from '../limits.ts'
import type { Checkpoint, CheckpointFile, Plain, PlainMap, SideFiles } from '../model/checkpoint.ts'
import type { Finding } from '../model/finding.ts'
import type { DType } from '../model/tensors/dtype.ts'
import { tableOf } from '../model/tensors/tensor-table.ts'
import type { Place } from '../source/source.ts'
import { together } from '../source/together.ts'
import type { ReadContext } from './format.ts'
import { codeNamedIn, codeOfGenerate } from './own-code.ts'
import { shardName } from './shards/shard-name.ts'
import { readTokenizer } from './tokenizer.ts'

/** Files beside the weights that say something of them. Where two have one key, the first that is there wins. */
const sideFiles: readonly (readonly [
  name: string,
  key: Exclude<keyof SideFiles, 'hasVariants' | 'tokenizer'>,
])[] = [
  ['config.json', 'config'],
  ['adapter_config.json', 'adapterConfig'],
  ['quantize_config.json', 'quantizeConfig'],
  ['quant_config.json', 'quantizeConfig'],
]

/** Weights of diffusers under another element type: `diffusion_pytorch_model.fp16.safetensors`. */
const variant = /\.(?:fp16|bf16|fp32|fp8|int8)(?:-\d+-of-\d+)?\.(?:safetensors|bin)$/

export interface SideFilesRead {
  readonly side: SideFiles
  readonly files: readonly CheckpointFile[]
  readonly findings: readonly Finding[]
}

/**
 * Reads the configuration files beside the weights. One that cannot be read, is broken or is over the limit
 * `configBytes` becomes a finding: the weights are answered without it.
 *
 * @param verify whether they are checked: the tokenizer is read too
 */
export async function readSideFiles(
  place: Place,
  { limits, verify }: Pick<ReadContext, 'limits' | 'verify'>,
): Promise<SideFilesRead> {
  const side: { -readonly [Key in keyof SideFiles]: SideFiles[Key] } = {}
  const files: CheckpointFile[] = []
  const findings: Finding[] = []
  const present = await place.list()
  if (present?.some((name) => variant.test(name))) side.hasVariants = true
  const wanted = sideFiles.filter(([name]) => present === null || present.includes(name))
  const reads = await together(wanted.map(([name]) => readSideFile(place, name, limits)))
  wanted.forEach(([name, key], i) => {
    const read = reads[i]
    if (read === undefined || read === null || side[key] !== undefined) return
    if ('problem' in read) findings.push(unreadable(name, read, present))
    else {
      side[key] = read.value
      files.push({ name, bytes: read.bytes, role: 'config' })
      if (key === 'config') findings.push(...codeNamedIn(name, read.value))
    }
  })
  if (side.config !== undefined) findings.push(...(await namedWeights(place, side.config)))
  if (verify !== true) return { side, files, findings }
  const tokens = await readTokenizer(place, limits)
  findings.push(...(await codeOfGenerate(place)), ...(await codeOfProcessors(place, present, limits)))
  if (tokens.tokenizer !== undefined) side.tokenizer = tokens.tokenizer
  return { side, files: [...files, ...tokens.files], findings: [...findings, ...tokens.findings] }
}

/**
 * The same for one file in a folder that has not been listed: `config.json` is asked for by its name, and the list only where it
 * is not there, or where the weights may have other files that say something of them.
 *
 * @param weights what is in the file
 */
export async function readUnlistedSideFiles(
  place: Place,
  context: Pick<ReadContext, 'limits' | 'verify'>,
  weights: Promise<Checkpoint>,
): Promise<SideFilesRead> {
  const name = 'config.json'
  const [read, checkpoint] = await together([readUnlisted(place, name, context.limits), weights])
  if (read === null || mayHaveMore(checkpoint, read.value)) return readSideFiles(place, context)
  const files: CheckpointFile[] = [{ name, bytes: read.bytes, role: 'config' }]
  return { side: { config: read.value }, files, findings: codeNamedIn(name, read.value) }
}

/**
 * The weights that a configuration names, which transformers 5 loads before any other (modeling_utils.py,
 * `_get_resolved_checkpoint_files`).
 */
async function namedWeights(place: Place, config: PlainMap): Promise<readonly Finding[]> {
  const named = config.get('transformers_weights')
  if (typeof named !== 'string') return []
  const what = /\.safetensors(?:\.index\.json)?$/.test(named)
    ? await whereIs(place, named.replace(/^(?:\.\/)+/, ''))
    : named === 'adapter_model.bin'
      ? 'loaded'
      : 'ending'
  return [
    finding('config/weights-file', { named, what }, { file: 'config.json', key: 'transformers_weights' }),
  ]
}

async function whereIs(place: Place, name: string): Promise<'loaded' | 'missing' | 'outside'> {
  try {
    const source = await place.open(name)
    await source.close?.()
    return 'loaded'
  } catch (error) {
    if (isSdinspectError(error, 'source/outside')) return 'outside'
    if (isSdinspectError(error)) return 'missing'
    throw error
  }
}

/** Files that say what prepares the inputs of a model, which may be code as well (transformers, processing_auto.py). */
const processorFiles = ['processor_config.json', 'preprocessor_config.json', 'video_preprocessor_config.json']

async function codeOfProcessors(
  place: Place,
  present: readonly string[] | null,
  limits: Limits,
): Promise<readonly Finding[]> {
  const names = processorFiles.filter((name) => present?.includes(name) === true)
  const reads = await together(names.map((name) => readSideFile(place, name, limits)))
  return reads.flatMap((read, i) => {
    const name = names[i] as string
    if (read === null) return []
    return 'problem' in read ? [unreadable(name, read, present)] : codeNamedIn(name, read.value)
  })
}

/** null where it is not there, or cannot be read: then it is found by the list, and said what is wrong with it. */
async function readUnlisted(
  place: Place,
  name: string,
  limits: Limits,
): Promise<{ readonly value: PlainMap; readonly bytes: number } | null> {
  try {
    const source = (await place.openUnlisted?.(name)) ?? null
    if (source === null || source.size > limits.configBytes) return null
    const bytes = await source.read(0, source.size)
    const value: Plain = parseJson(bytes, { what: name, limits, lines: true, nonfinite: true })
    return value instanceof Map ? { value, bytes: source.size } : null
  } catch (error) {
    if (isSdinspectError(error)) return null
    throw error
  }
}

/** Adapters and packed weights have settings in files of their own; of a shard the rest is there. */
function mayHaveMore({ stateDicts, files }: Checkpoint, config: PlainMap): boolean {
  const [file] = files
  if (file === undefined || /^adapter|lora/i.test(file.name) || shardName(file.name) !== undefined)
    return true
  const isSaid = config.get('quantization_config') instanceof Map
  return stateDicts.some(({ tensors }) => {
    const table = tableOf(tensors)
    for (let index = 0; index < table.length; index++) {
      if (ofAdapters.test(table.name(index))) return true
      const dtype = table.dtype(index)
      if (!isSaid && dtype !== null && packing.has(dtype) && table.shape(index).length > 1) return true
    }
    return false
  })
}

/** Types that quantised weights are packed in. */
const packing: ReadonlySet<DType> = new Set(['U8', 'I8', 'I16', 'I32', 'U32', 'F8_E4M3', 'F8_E5M2', 'F4'])
/** Words in the names that adapters of all kinds give what they train. */
const ofAdapters =
  /lora|adapter|ia3|hada|lokr|oft_|vera_|prompt|dora|hra_|fourier|shira|bone_|ln_tuning|magnitude|modules_to_save/i

/** What is wrong with one, and whether it is cut off, at which every reader of JSON ends. */
interface Problem {
  readonly problem: string
  readonly isCut?: boolean
}

type SideFileRead = { readonly value: PlainMap; readonly bytes: number } | Problem

/** Without which transformers and PEFT load nothing. */
const needed: ReadonlySet<string> = new Set(['config.json', 'adapter_config.json'])

/** Weights under the names that transformers, diffusers and PEFT load. */
const ofLibrary =
  /^(?:(?:diffusion_)?pytorch_model|model|adapter_model)(?:[.-].*)?\.(?:safetensors|bin)(?:\.index(?:\..*)?\.json)?$/

function unreadable(file: string, { problem, isCut }: Problem, present: readonly string[] | null): Finding {
  // Some programs take comments in a file of this name.
  const isNeeded =
    needed.has(file) && (isCut === true || present?.some((name) => ofLibrary.test(name)) === true)
  return finding('config/unreadable', { problem, ...(isNeeded ? { isNeeded } : {}) }, { file })
}

/** null where a place that cannot list has no such file. */
async function readSideFile(place: Place, name: string, limits: Limits): Promise<SideFileRead | null> {
  try {
    const source = await place.open(name)
    try {
      if (source.size > limits.configBytes) {
        return { problem: `${source.size} bytes are over the limit configBytes=${limits.configBytes}` }
      }
      const bytes = await source.read(0, source.size)
      const value: Plain = parseJson(bytes, { what: name, limits, lines: true, nonfinite: true })
      return value instanceof Map ? { value, bytes: source.size } : { problem: 'it is no JSON object' }
    } finally {
      await source.close?.()
    }
  } catch (error) {
    // Some servers tell strangers no more of a file that is missing than of one that is not theirs.
    const isMissing =
      isSdinspectError(error, 'source/not-found') || isSdinspectError(error, 'source/permission')
    if (isMissing && (await place.list()) === null) return null
    if (isSdinspectError(error)) return { problem: error.message, isCut: error.code === 'format/truncated' }
    throw error
  }
}
