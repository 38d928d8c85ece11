import { type DType, dtypes } from '../model/tensors/dtype.ts'
import { type Part, partsOf, type Representation } from '../model/tensors/representation.ts'
import { sameShape } from '../model/tensors/shape.ts'
import type { Tensor } from '../model/tensors/tensor.ts'
import type { GatherOptions } from './gather.ts'

// docs/digest.md defines these in Python. A digest that changes breaks what people wrote down.

/** A running SHA-256. */
export interface Hash {
  update(bytes: Uint8Array): void
  /** In hexadecimal. Ends it. */
  hex(): string
}

/** What a state dict comes to, whatever file and format it is in. */
export interface StateDictDigest {
  /** Over the names and contents of all tensors, in no order. */
  readonly digest: string
  /** Over the distinct contents alone: what is the same where a file leaves out names of tied tensors. */
  readonly contents: string
  /** Of each tensor with its type and shape, and without its name, by name in the order of the file. */
  readonly tensors: ReadonlyMap<string, string>
}

/** A tensor, or a part of one, that has values. */
type Valued = Pick<Tensor, 'dtype' | 'shape'>

/** Values that are hashed by themselves: those of a tensor or of a part of it, behind a text. */
export interface DigestPiece {
  readonly head: string
  readonly tensor: Tensor
  readonly part?: string
}

/** What hashing needs of a checkpoint. */
export interface DigestSource {
  /** The type that the values are read as; null where there are none. */
  typeOf(tensor: Tensor, part?: string): DType | null
  /** The hash of each piece, in hexadecimal and in their order. */
  hashes(pieces: Iterable<DigestPiece>): AsyncIterable<string>
  hash(): Hash
}

const text = new TextEncoder()

/** Bytes that are hashed at once: few enough to be in the processor's cache when they are, and to be read into again. */
const windowBytes = 512 << 10

/**
 * Of a text and the canonical bytes of values, in hexadecimal.
 *
 * @param values in windows, each of which is done with when the next is asked for
 */
export async function hashed(
  head: string,
  values: (options: Pick<GatherOptions, 'windowBytes' | 'into'>) => AsyncIterable<Uint8Array>,
  hash: Hash,
): Promise<string> {
  hash.update(text.encode(head))
  room ??= new Uint8Array(windowBytes)
  const own = room
  room = undefined
  for await (const bytes of values({ windowBytes, into: () => own })) hash.update(bytes)
  room = own
  return hash.hex()
}

/** Of whoever hashes next. */
let room: Uint8Array | undefined

/**
 * @param within what names begin with that is no part of them (`StateDict.within`)
 * @throws SdinspectError `usage/no-values` for the first tensor that has none, and what reading throws
 */
export async function stateDictDigest(
  tensors: Iterable<Tensor>,
  source: DigestSource,
  within = '',
): Promise<StateDictDigest> {
  const contents = new Map<string, string>()
  /** The hashes come in the order of the pieces, which may be asked for long before. */
  const asked: Asked[] = []
  const pieces = function* (): Generator<DigestPiece> {
    for (const one of askedOf(tensors, source)) {
      asked.push(one)
      yield* one.pieces
    }
  }
  const settle = (): void => {
    for (;;) {
      const [one] = asked
      if (one === undefined || one.hashes.length < one.pieces.length) return
      asked.shift()
      // The same memory under another name is read once.
      const known = one.sameAs === null ? undefined : contents.get(one.sameAs)
      contents.set(one.name, known ?? one.join(one.hashes))
    }
  }
  for await (const hash of source.hashes(pieces())) {
    settle()
    asked[0]?.hashes.push(hash)
  }
  settle()
  const ownName = (name: string) => (name.startsWith(within) ? name.slice(within.length) : name)
  const named = [...contents].map(([name, content]) => `${content}  ${jsonText(ownName(name))}\n`)
  return {
    digest: ofLines(named, source),
    contents: ofLines(new Set([...contents.values()].map((content) => `${content}\n`)), source),
    tensors: contents,
  }
}

/** What is to be known of one tensor. */
interface Asked {
  readonly name: string
  /** The first name of the same memory, whose content this has. */
  readonly sameAs: string | null
  readonly pieces: readonly DigestPiece[]
  readonly hashes: string[]
  /** Its content: its type, its shape and its values, or those of all it is made of. */
  join(hashes: readonly string[]): string
}

function* askedOf(tensors: Iterable<Tensor>, source: DigestSource): Generator<Asked> {
  const seen = new Set<string>()
  for (const tensor of tensors) {
    const { name, tiedTo } = tensor
    if (tiedTo !== null && seen.has(tiedTo))
      yield { name, sameAs: tiedTo, pieces: [], hashes: [], join: () => '' }
    else yield { name, sameAs: null, hashes: [], ...contentOf(tensor, source) }
    seen.add(name)
  }
}

function contentOf(tensor: Tensor, source: DigestSource): Pick<Asked, 'pieces' | 'join'> {
  const { representation } = tensor
  const parts = partsOf(representation)
  const whole = wholePart(tensor)
  if (whole !== undefined) {
    const head = headOf({ dtype: source.typeOf(tensor, whole.name), shape: tensor.shape }, '')
    return { pieces: [{ head, tensor, part: whole.name }], join: ([hash]) => hash as string }
  }
  const dtype = source.typeOf(tensor) ?? tensor.dtype
  const head = headOf({ dtype, shape: tensor.shape }, describe(representation))
  if (parts.length === 0) return { pieces: [{ head, tensor }], join: ([hash]) => hash as string }
  const own: DigestPiece[] = typeof tensor.values === 'string' ? [] : [{ head: '', tensor }]
  const ofParts = parts.map(({ name: part, shape, quantiser }) => ({
    head: headOf(
      { dtype: source.typeOf(tensor, part), shape },
      quantiser === undefined
        ? ''
        : describe({ kind: 'quantised', scheme: 'per-tensor', parts: [], ...quantiser }),
    ),
    tensor,
    part,
  }))
  const pieces = [...own, ...ofParts]
  return {
    pieces,
    join(hashes) {
      const hash = source.hash()
      hash.update(text.encode(head))
      const lines = hashes.map((each, i) => `${each}  ${jsonText(pieces[i]?.part ?? '')}\n`)
      for (const line of lines.sort()) hash.update(text.encode(line))
      return hash.hex()
    },
  }
}

/** The part of a distributed tensor that one process has, where it is all of it and no summand (`Partial()`): it is replicated. */
function wholePart({ shape, representation }: Tensor): Part | undefined {
  if (representation?.kind !== 'shard' || representation.parts.length !== 1) return undefined
  const { placements, parts } = representation
  const isShared = placements?.every((one) => /^(?:Replicate|Shard)\b/.test(one)) ?? false
  return isShared && sameShape(representation.localShape, shape) ? parts[0] : undefined
}

function ofLines(lines: Iterable<string>, source: DigestSource): string {
  const hash = source.hash()
  for (const line of [...lines].sort()) hash.update(text.encode(line))
  return hash.hex()
}

/** `float32 [2, 3]`, as torch says it: it counts 4-bit floats in pairs. */
function headOf({ dtype, shape }: Valued, form: string): string {
  const name = dtype === null ? 'none' : (dtypes[dtype].torch ?? dtype)
  const last = shape.length - 1
  const counted = dtype === 'F4' ? shape.map((n, i) => (i === last ? Math.ceil(n / 2) : n)) : shape
  return `${name} [${counted.join(', ')}]${form}\n`
}

/** What a tensor that is not dense is besides its parts. */
function describe(representation: Representation | undefined): string {
  switch (representation?.kind) {
    case 'sparse':
      return ` sparse ${representation.layout}`
    case 'shard':
      return ` shard ${representation.of} [${(representation.offsets ?? []).join(', ')}]`
    case 'subclass':
      return ` subclass ${jsonText(representation.class)}`
    case 'nested':
      return ' nested'
    case 'quantised': {
      const { scheme, scale, zeroPoint, axis } = representation
      return ` ${scheme} ${scale === undefined ? '' : doubleHex(scale)} ${zeroPoint ?? ''} ${axis ?? ''}`.trimEnd()
    }
    default:
      return ''
  }
}

/** The eight bytes of a double, the highest first: decimals are written differently from language to language. */
function doubleHex(value: number): string {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value, false)
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** A string as `json.dumps` of Python writes it: ASCII alone. */
export function jsonText(name: string): string {
  return JSON.stringify(name).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
