import { quoted, SdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import type { Checkpoint, Facts, Plain } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import { dtypes } from '../../model/tensors/dtype.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import { runOf, type Values } from '../../model/values/values.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource } from '../../source/source.ts'
import { withAliases } from '../aliases.ts'
import type { ReadContext } from '../format.ts'
import { NameCheck } from '../name-check.ts'
import { fileTypes } from './ggml-types.ts'
import { GgufReader } from './gguf-reader.ts'
import { readKeyValues } from './key-values.ts'
import { derivedTensors, tiedOutput } from './roles.ts'
import { readTensorInfos, type TensorInfo } from './tensor-infos.ts'

// ggml/docs/gguf.md and gguf.cpp:
//   "GGUF" | u32 version | u64 tensors | u64 keys | the keys with their values | the tensors | zeros | data
// Numbers are little-endian, or all big-endian: nothing says so, but the version then has its byte at the other end.

const headBytes = 24
const versions = [2, 3]

/** Reads the metadata and the list of tensors of a GGUF file. */
export async function readGguf(source: ByteSource, { limits }: ReadContext): Promise<Checkpoint> {
  const file = fileName(source.name)
  const from = new GgufReader(source, limits)
  await from.ready(headBytes, 'the head')
  if (from.text(4) !== 'GGUF') throw from.malformed('the file does not begin with "GGUF"', 0)
  const version = readVersion(from)
  const tensorCount = from.u64()
  const keyCount = from.u64()
  const { values, alignment, findings: oddValues } = await readKeyValues(from, keyCount, file)
  const { infos, findings } = await readTensorInfos(from, tensorCount, file)
  const begin = infos.length === 0 ? from.position : padded(from.position, alignment)
  const { tensors, end } = place(infos, {
    begin,
    alignment,
    size: source.size,
    file,
    isBig: !from.isLittleEndian,
  })
  const aliases = tiedOutput(values, infos)
  return {
    format: 'gguf',
    producer: producerOf(version, from.isLittleEndian, values),
    files: [{ name: file, bytes: source.size, role: 'weights' }],
    metadata: values,
    side: {},
    stateDicts: [
      {
        path: '',
        role: 'model',
        tensors: withAliases(tensors, aliases),
        // Converters write in the order of their own maps.
        order: 'unrecorded',
        facts: factsOf(values, infos, aliases),
      },
    ],
    findings: [
      ...oddValues,
      ...findings,
      ...nameFindings(infos, file),
      ...trailing(source.size, end, alignment, file),
    ],
  }
}

function readVersion(from: GgufReader): number {
  let version = from.u32()
  if ((version & 0xffff) === 0 && version !== 0) {
    from.isLittleEndian = false
    version = swapped(version)
  }
  if (version === 1)
    throw new SdinspectError('unsupported/feature', 'the file is GGUF version 1, which ggml reads no more', {
      hint: 'convert the model again with a current llama.cpp',
    })
  if (!versions.includes(version))
    throw from.malformed(`the file says it is GGUF version ${version}; there are 2 and 3`, 4)
  return version
}

function swapped(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}

function padded(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment
}

interface DataSection {
  /** In the file, in bytes. */
  readonly begin: number
  readonly alignment: number
  readonly size: number
  readonly file: string
  readonly isBig: boolean
}

/**
 * Where the values of each tensor are. They follow each other as they are listed, padded, without hole or overlap:
 * ggml's reader takes nothing else. `end` is where the last one ends.
 */
function place(
  infos: readonly TensorInfo[],
  section: DataSection,
): { readonly tensors: Tensor[]; readonly end: number } {
  let next = 0
  const tensors: Tensor[] = []
  for (const [index, info] of infos.entries()) {
    const { name, dtype, shape, elements, offset } = info
    if (offset !== next)
      throw new SdinspectError(
        'format/malformed',
        `tensor ${quoted(name)} is at ${offset} of the data; the ones before it end at ${next}`,
        { tensor: name },
      )
    const following = infos[index + 1]?.offset ?? section.size - section.begin
    const bytes = info.bytes ?? following - offset
    if (bytes < 0 || section.begin + offset + bytes > section.size)
      throw new SdinspectError(
        'format/truncated',
        `tensor ${quoted(name)} needs ${bytes} bytes from ${section.begin + offset}, and the file ends at ${section.size}`,
        { tensor: name, hint: 'the download may have stopped half way: fetch the file again' },
      )
    next = info.bytes === null ? following : padded(offset + bytes, section.alignment)
    tensors.push({
      name,
      dtype,
      shape,
      elements,
      bytes: info.bytes,
      values: valuesOf(info, section),
      tiedTo: null,
    })
  }
  const last = infos.at(-1)
  const end = last === undefined ? section.begin : section.begin + last.offset + (last.bytes ?? 0)
  return { tensors, end: last?.bytes === null ? section.size : end }
}

function valuesOf({ dtype, bytes, offset }: TensorInfo, section: DataSection): Tensor['values'] {
  if (dtype === null || bytes === null) return 'layout not known'
  const run = runOf(section.file, section.begin + offset, bytes)
  if (!section.isBig || dtypes[dtype].bits === 8) return run
  // A block is a struct of several numbers, each with its own bytes swapped.
  if (dtypes[dtype].block.elements > 1) return 'layout not known'
  return {
    chunks: run.chunks.map(({ file, offset, length }) => ({ file, offset, length })),
    bigEndian: true,
  } satisfies Values
}

/** Writers pad the last tensor too. */
function trailing(size: number, end: number, alignment: number, file: string): Finding[] {
  const bytes = size - end
  return size <= padded(end, alignment) ? [] : [finding('gguf/trailing-bytes', { bytes, end }, { file })]
}

function nameFindings(infos: readonly TensorInfo[], file: string): Finding[] {
  const check = new NameCheck()
  const names = new Set(infos.map(({ name }) => name))
  for (const name of names) if (!/^[\x20-\x7e]+$/.test(name)) check.add(name)
  const odd = infos.filter(({ name }) => name.includes('\ufffd'))
  const [first] = odd
  const undecoded =
    first === undefined ? [] : [finding('gguf/odd-name', { count: odd.length }, { tensor: first.name, file })]
  return [...undecoded, ...check.findings((name) => names.has(name), file)]
}

function factsOf(
  values: ReadonlyMap<string, Plain>,
  infos: readonly TensorInfo[],
  aliases: ReadonlyMap<string, string>,
): Facts {
  const declarations = derivedTensors(infos)
  const experts = expertsOf(values)
  const set = setOf(values)
  return {
    ...(declarations.size === 0 ? {} : { declarations }),
    ...(aliases.size === 0 ? {} : { aliases }),
    ...(experts === undefined ? {} : { experts }),
    ...(set === undefined ? {} : { set }),
  }
}

/** What the file says of the set that it is a part of (`split.*`, llama.cpp's gguf-split, which counts from 0). */
function setOf(values: ReadonlyMap<string, Plain>): Facts['set'] {
  const [no, of, tensors] = ['split.no', 'split.count', 'split.tensors.count'].map((key) => values.get(key))
  if (typeof no !== 'number' || typeof of !== 'number' || of < 2) return undefined
  return { number: no + 1, of, tensors: typeof tensors === 'number' ? tensors : null }
}

function expertsOf(values: ReadonlyMap<string, Plain>): Facts['experts'] {
  const architecture = values.get('general.architecture')
  const count = values.get(`${architecture}.expert_count`)
  const perToken = values.get(`${architecture}.expert_used_count`)
  return typeof count === 'number' && typeof perToken === 'number' ? { count, perToken } : undefined
}

function producerOf(version: number, isLittle: boolean, values: ReadonlyMap<string, Plain>): string {
  const type = values.get('general.file_type')
  const parts = [
    values.get('general.architecture'),
    values.get('general.type') === 'model' ? undefined : values.get('general.type'),
    typeof type === 'number' ? fileTypes.get(type) : undefined,
    isLittle ? undefined : 'big-endian',
  ].filter((part) => typeof part === 'string')
  return `ggml, version ${version}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`
}
