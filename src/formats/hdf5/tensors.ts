import { quoted, SdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import { type Limits, withinLimit } from '../../limits.ts'
import type { ValueEntry } from '../../model/checkpoint.ts'
import type { Chunk } from '../../model/chunk.ts'
import type { Finding } from '../../model/finding.ts'
import { elementsOf, type Tensor } from '../../model/tensor.ts'
import { type Contents, type Dataset, isUnder } from './contents.ts'

/** The file that a checkpoint's tensors are in, which may be a member of an archive. */
export interface Home {
  readonly file: string
  /** Bytes of the HDF5 file. */
  readonly size: number
  readonly limits: Limits
  /** Where in its own bytes an address is. */
  offsetOf(address: number): number
  /** A run of the HDF5 file's bytes, in the checkpoint's file. */
  chunk(offset: number, length: number): Chunk
}

/** The entries of a state dict, and what there is to say of them. */
export interface Entries {
  readonly tensors: readonly Tensor[]
  readonly values: readonly ValueEntry[]
  readonly findings: readonly Finding[]
}

/**
 * Datasets of numbers as tensors, whatever else there is as values, by their paths with dots.
 *
 * @param under only what is in this group, by its path from there
 * @throws SdinspectError `format/truncated` when values end after the file, `limit/exceeded`
 */
export function entriesOf(contents: Contents, home: Home, under: readonly string[] = []): Entries {
  const isIn = ({ path }: { readonly path: readonly string[] }) => isUnder(path, under)
  const nameOf = (path: readonly string[]) => path.slice(under.length).join('.')
  const tensors: Tensor[] = []
  const values: ValueEntry[] = []
  const chunked: string[] = []
  const findings: Finding[] = []
  const names = new Set<string>()
  const claim = (name: string) => {
    if (names.has(name))
      throw new SdinspectError(
        'unsupported/feature',
        `two members of the file come to the name ${quoted(name)}`,
      )
    names.add(name)
  }
  for (const dataset of contents.datasets.filter(isIn)) {
    const name = nameOf(dataset.path)
    claim(name)
    const { shape, type, layout } = dataset
    if (shape === null || (type.kind !== 'numbers' && type.kind !== 'strange')) {
      values.push({ name, type: null, description: describe(dataset), position: tensors.length })
      continue
    }
    const elements = elementsOf(shape)
    const bytes = elements * type.bytes
    const about = { tensor: name, file: home.file }
    const place = type.kind === 'numbers' ? placeOf(dataset, bytes, home, name) : 'layout not known'
    if (type.kind === 'strange') findings.push(finding('hdf5/strange-type', { said: type.said }, about))
    if (layout.kind === 'chunked' || layout.kind === 'virtual') chunked.push(name)
    else if (dataset.isOutside) findings.push(finding('hdf5/outside', {}, about))
    else if (layout.kind === 'contiguous' && layout.address === null && bytes > 0)
      findings.push(finding('hdf5/never-written', {}, about))
    const same = dataset.sameAs
    tensors.push({
      name,
      dtype: type.kind === 'numbers' ? type.dtype : null,
      shape,
      elements,
      bytes,
      values: place,
      tiedTo: same !== null && isIn({ path: same }) ? nameOf(same) : null,
    })
  }
  for (const { path, said } of contents.others.filter(isIn)) {
    claim(nameOf(path))
    values.push({ name: nameOf(path), type: null, description: said, position: tensors.length })
  }
  withinLimit(home.limits, 'tensors', tensors.length, 'the number of tensors')
  const [first] = chunked
  if (first !== undefined)
    findings.push(finding('hdf5/chunked', { count: chunked.length }, { tensor: first, file: home.file }))
  return { tensors, values, findings }
}

function describe({ shape, type }: Dataset): string {
  if (shape === null) return 'nothing: an empty dataset'
  const of = shape.length === 0 ? '' : ` [${shape.join(', ')}]`
  if (type.kind === 'text' || type.kind === 'texts of any length')
    return shape.length === 0 ? 'a text' : `texts${of}`
  return type.kind === 'other' ? `${type.said}${of}` : ''
}

function placeOf(dataset: Dataset, bytes: number, home: Home, name: string): Tensor['values'] {
  const { layout, type, layoutOffset } = dataset
  const isBig = type.kind === 'numbers' && type.isBigEndian
  if (dataset.isOutside || layout.kind === 'chunked' || layout.kind === 'virtual') return 'layout not known'
  if (layout.kind === 'contiguous' && layout.address === null && bytes > 0) return 'layout not known'
  const offset =
    layout.kind === 'compact'
      ? layoutOffset + layout.at
      : layout.address === null
        ? 0
        : home.offsetOf(layout.address)
  if (layout.length !== null && layout.length < bytes)
    throw new SdinspectError(
      'format/malformed',
      `the values of ${quoted(name)} have ${layout.length} bytes, and their shape and type need ${bytes}`,
      { tensor: name },
    )
  if (offset + bytes > home.size)
    throw new SdinspectError(
      'format/truncated',
      `the values of ${quoted(name)} end at ${offset + bytes}, and the file has ${home.size} bytes`,
      { tensor: name, hint: 'the download may have stopped half way: fetch the file again' },
    )
  return { chunks: [home.chunk(offset, bytes)], ...(isBig ? { bigEndian: true as const } : {}) }
}
