import { quoted } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import { withinLimit } from '../../limits.ts'
import type { Checkpoint, StateDict, ValueEntry } from '../../model/checkpoint.ts'
import { type DType, dtypeOfTorch, dtypes } from '../../model/tensors/dtype.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import { runOf } from '../../model/values/values.ts'
import { fileName } from '../../source/file-name.ts'
import type { ByteSource } from '../../source/source.ts'
import { collectionDeclarations, optimizerPrefix } from '../flax-collections.ts'
import type { ReadContext } from '../format.ts'
import { MsgpackReader, type Token } from './msgpack.ts'

// flax/serialization.py: nested maps, in which an array is the extension 1: (shape, name of the type, bytes) as msgpack
// once more. A number of Python or NumPy is the extension 3, a complex one 2. Larger arrays are maps of pieces.

const arrayType = 1
const scalarType = 3
const chunkedMark = '__msgpack_chunked_array__'
const mostDepth = 128

/** Reads a file of Flax. */
export async function readFlax(source: ByteSource, { limits }: ReadContext): Promise<Checkpoint> {
  const file = fileName(source.name)
  const walk = new Walk(new MsgpackReader(source, limits, source.remote ? {} : { first: 8_192 }), file)
  const end = await walk.read()
  const bytes = source.size - end
  return {
    format: 'flax',
    producer: null,
    files: [{ name: file, bytes: source.size, role: 'weights' }],
    metadata: new Map(),
    side: {},
    stateDicts: walk.stateDicts(),
    findings: bytes === 0 ? [] : [finding('flax/trailing-bytes', { bytes, end }, { file })],
  }
}

/** One pass over the tree: what is an array becomes a tensor under the path that leads to it. */
class Walk {
  readonly #from: MsgpackReader
  readonly #file: string
  readonly #tensors: Tensor[] = []
  readonly #values: ValueEntry[] = []
  readonly #names = new Set<string>()

  constructor(from: MsgpackReader, file: string) {
    this.#from = from
    this.#file = file
  }

  /** Where it ends. */
  async read(): Promise<number> {
    const top = await this.#from.token('the file')
    if (top.kind !== 'map') throw this.#from.malformed('the file is no map of names', 0)
    await this.#map(top.count, '', 0)
    return this.#from.position
  }

  /** A train state has parameters, statistics and an optimizer; anything else is one state dict. */
  stateDicts(): StateDict[] {
    const isOptimizer = ({ name }: { readonly name: string }) => name.startsWith(optimizerPrefix)
    const optimizer = this.#tensors.filter(isOptimizer)
    const model = this.#tensors.filter((tensor) => !isOptimizer(tensor))
    const declarations = collectionDeclarations(model)
    const base = { order: 'unrecorded' as const }
    const main: StateDict = {
      ...base,
      path: '',
      role: 'model',
      tensors: model,
      ...(this.#values.length === 0 ? {} : { values: this.#valuesOf(model) }),
      facts: declarations.size === 0 ? {} : { declarations },
    }
    if (optimizer.length === 0) return [main]
    return [
      main,
      {
        ...base,
        path: 'opt_state',
        role: 'optimizer',
        tensors: optimizer.map((tensor) => ({ ...tensor, name: tensor.name.slice(optimizerPrefix.length) })),
        facts: {},
      },
    ]
  }

  #valuesOf(model: readonly Tensor[]): ValueEntry[] {
    return this.#values.map((value) => ({ ...value, position: Math.min(value.position, model.length) }))
  }

  async #map(count: number, path: string, depth: number): Promise<void> {
    if (depth > mostDepth)
      throw this.#from.malformed(`maps nest more than ${mostDepth} deep`, this.#from.position)
    for (let i = 0; i < count; i++) {
      const offset = this.#from.position
      const key = await this.#key(path)
      const name = path === '' ? key : `${path}.${key}`
      if (i === 0 && key === chunkedMark) return this.#chunked(count, path)
      const token = await this.#from.token(`the value of ${quoted(name)}`)
      if (token.kind === 'map') await this.#map(token.count, name, depth + 1)
      else await this.#leaf(token, name, offset)
    }
  }

  async #key(path: string): Promise<string> {
    const what = path === '' ? 'a key' : `a key in ${quoted(path)}`
    const offset = this.#from.position
    const token = await this.#from.token(what)
    if (token.kind === 'text') return this.#from.name(token.length, what)
    // Tuples and lists of JAX are maps with their places as keys, which may be numbers.
    if (token.kind === 'value' && typeof token.value === 'number') return String(token.value)
    throw this.#from.malformed(`${what} is no text`, offset)
  }

  async #leaf(token: Token, name: string, offset: number): Promise<void> {
    if (this.#names.has(name)) throw this.#from.malformed(`${quoted(name)} is there twice`, offset)
    this.#names.add(name)
    withinLimit(this.#from.limits, 'tensors', this.#names.size, 'the number of entries')
    if (token.kind === 'extension' && (token.type === arrayType || token.type === scalarType)) {
      this.#tensors.push(await this.#array(token.length, name))
      return
    }
    this.#values.push({
      name,
      type: null,
      description: await this.#described(token, name),
      position: this.#tensors.length,
    })
  }

  /** Passes over a value that is no array, and says what it is. */
  async #described(token: Token, name: string): Promise<string> {
    switch (token.kind) {
      case 'value':
        return String(token.value)
      case 'text':
      case 'bytes':
      case 'extension':
        if (token.length > this.#from.left) throw this.#from.truncated(quoted(name), token.length)
        this.#from.pass(token.length)
        return token.kind === 'extension' ? `an extension of ${token.length} bytes` : `${token.length} bytes`
      default:
        await this.#passOver(token, name)
        return `a list of ${token.count}`
    }
  }

  /** Passes over all that is in a container, however deep: what is left of it is counted. */
  async #passOver(container: Extract<Token, { readonly count: number }>, name: string): Promise<void> {
    const itemsOf = ({ kind, count }: typeof container) => (kind === 'map' ? 2 * count : count)
    for (let left = itemsOf(container); left > 0; left--) {
      if (left > this.#from.left) throw this.#from.truncated(quoted(name), left)
      const token = await this.#from.token(quoted(name))
      if ('count' in token) left += itemsOf(token)
      else if (token.kind !== 'value') {
        if (token.length > this.#from.left) throw this.#from.truncated(quoted(name), token.length)
        this.#from.pass(token.length)
      }
    }
  }

  /** (shape, type, bytes), within `length` bytes. */
  async #array(length: number, name: string): Promise<Tensor> {
    const from = this.#from
    const what = `the array ${quoted(name)}`
    const begin = from.position
    if (length > from.left) throw from.truncated(what, length)
    const parts = await from.token(what)
    if (parts.kind !== 'array' || parts.count !== 3)
      throw from.malformed(`${what} is no (shape, type, bytes)`, begin)
    const shape = await this.#shape(name)
    const dtype = await this.#type(name)
    const data = await from.token(what)
    if (data.kind !== 'bytes') throw from.malformed(`${what} has no bytes`, from.position)
    const elements = shape.reduce((all, one) => all * one, 1)
    const needs = Math.ceil((elements * dtypes[dtype].bits) / 8)
    if (
      !Number.isSafeInteger(elements) ||
      data.length !== needs ||
      from.position + data.length !== begin + length
    )
      throw from.malformed(
        `${what} has ${data.length} bytes of values, and its ${elements} elements of ${dtype} need ${needs}`,
        begin,
      )
    const values = runOf(this.#file, from.position, data.length)
    from.pass(data.length)
    return { name, dtype, shape, elements, bytes: data.length, values, tiedTo: null }
  }

  async #shape(name: string): Promise<number[]> {
    const what = `the shape of ${quoted(name)}`
    const token = await this.#from.token(what)
    if (token.kind !== 'array') throw this.#from.malformed(`${what} is no list`, this.#from.position)
    withinLimit(this.#from.limits, 'dimensions', token.count, `the number of dimensions of ${quoted(name)}`)
    const shape: number[] = []
    for (let i = 0; i < token.count; i++) {
      const length = await this.#from.token(what)
      if (length.kind !== 'value' || !Number.isSafeInteger(length.value) || Number(length.value) < 0)
        throw this.#from.malformed(`${what} is no list of lengths`, this.#from.position)
      shape.push(Number(length.value))
    }
    return shape
  }

  async #type(name: string): Promise<DType> {
    const what = `the type of ${quoted(name)}`
    const token = await this.#from.token(what)
    if (token.kind !== 'text') throw this.#from.malformed(`${what} is no text`, this.#from.position)
    const text = await this.#from.name(token.length, what)
    const dtype = dtypeOfTorch(text)
    if (dtype === undefined)
      throw this.#from.malformed(
        `${what} is ${quoted(text)}, which is none that torch has`,
        this.#from.position,
      )
    return dtype
  }

  /** An array of over 2^30 bytes: `shape` and `chunks`, maps with places as keys; each chunk is a flat array. */
  async #chunked(count: number, name: string): Promise<void> {
    const from = this.#from
    const offset = from.position
    await from.token(`the mark of ${quoted(name)}`)
    let shape: number[] | undefined
    const chunks: Tensor[] = []
    for (let i = 1; i < count; i++) {
      const key = await this.#key(name)
      const token = await from.token(`the ${key} of ${quoted(name)}`)
      if (token.kind !== 'map') throw from.malformed(`the ${key} of ${quoted(name)} is no map`, from.position)
      const found: number[] = []
      for (let j = 0; j < token.count; j++) {
        if ((await this.#key(name)) !== String(j))
          throw from.malformed(`the ${key} of ${quoted(name)} are not in order`, from.position)
        const item = await from.token(`the ${key} of ${quoted(name)}`)
        if (key === 'chunks' && item.kind === 'extension' && item.type === arrayType)
          chunks.push(await this.#array(item.length, name))
        else if (key === 'shape' && item.kind === 'value' && Number.isSafeInteger(item.value))
          found.push(Number(item.value))
        else
          throw from.malformed(`the ${key} of ${quoted(name)} are none of an array in pieces`, from.position)
      }
      if (key === 'shape') shape = found
    }
    this.#join(name, shape, chunks, offset)
  }

  #join(name: string, shape: readonly number[] | undefined, pieces: readonly Tensor[], offset: number): void {
    const elements = shape?.reduce((all, one) => all * one, 1)
    const [first] = pieces
    if (this.#names.has(name)) throw this.#from.malformed(`${quoted(name)} is there twice`, offset)
    if (
      shape === undefined ||
      first === undefined ||
      pieces.some(({ dtype }) => dtype !== first.dtype) ||
      pieces.reduce((all, one) => all + one.elements, 0) !== elements
    )
      throw this.#from.malformed(`the pieces of ${quoted(name)} do not make its shape`, offset)
    this.#names.add(name)
    // Pieces are of the flat array: each lies somewhere along it, and a box of it only where that is of whole rows.
    this.#tensors.push({
      name,
      dtype: first.dtype,
      shape,
      elements,
      bytes: pieces.reduce((all, { bytes }) => all + (bytes ?? 0), 0),
      values: this.#joined(shape, pieces),
      tiedTo: null,
    })
  }

  #joined(shape: readonly number[], pieces: readonly Tensor[]): Tensor['values'] {
    const row = shape.slice(1).reduce((all, one) => all * one, 1)
    const chunks = []
    let start = 0
    for (const { elements, values } of pieces) {
      if (typeof values === 'string' || elements % row !== 0) return 'layout not known'
      const [chunk] = values.chunks
      if (chunk === undefined) return 'layout not known'
      const box = {
        start: [start, ...shape.slice(1).map(() => 0)],
        shape: [elements / row, ...shape.slice(1)],
      }
      chunks.push({ file: chunk.file, offset: chunk.offset, length: chunk.length, box })
      start += elements / row
    }
    return { chunks }
  }
}
