import { parseJson } from '../codec/json.ts'
import { isSdinspectError } from '../errors.ts'
import { finding } from '../findings/finding.ts'
import type { Limits } from '../limits.ts'
import type { CheckpointFile, Plain, PlainMap, SideFiles } from '../model/checkpoint.ts'
import type { Finding } from '../model/finding.ts'
import type { Place } from '../source/source.ts'
import { together } from '../source/together.ts'
import type { ReadContext } from './format.ts'
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
    if ('problem' in read)
      findings.push(finding('config/unreadable', { problem: read.problem }, { file: name }))
    else {
      side[key] = read.value
      files.push({ name, bytes: read.bytes, role: 'config' })
    }
  })
  if (verify !== true) return { side, files, findings }
  const tokens = await readTokenizer(place, limits)
  if (tokens.tokenizer !== undefined) side.tokenizer = tokens.tokenizer
  return { side, files: [...files, ...tokens.files], findings: [...findings, ...tokens.findings] }
}

type SideFileRead = { readonly value: PlainMap; readonly bytes: number } | { readonly problem: string }

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
    if (isSdinspectError(error)) return { problem: error.message }
    throw error
  }
}
