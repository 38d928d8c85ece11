import type { Random } from '../random.ts'

// Pickles as torch's weights-only unpickler takes them, and as somebody would write them to be read otherwise: each
// of its opcodes and globals, all forms of their arguments, shared and changed objects, BUILD. Nothing in here can run
// code: the globals are those that torch allows.

/** Bytes of each storage, by key. */
export const storageBytes: ReadonlyMap<string, number> = new Map([
  ['0', 96],
  ['1', 48],
  ['2', 24],
  ['3', 0],
])

const types = [
  ['Float', 'float32', 4],
  ['Half', 'float16', 2],
  ['BFloat16', 'bfloat16', 2],
  ['Double', 'float64', 8],
  ['Long', 'int64', 8],
  ['Int', 'int32', 4],
  ['Short', 'int16', 2],
  ['Char', 'int8', 1],
  ['Byte', 'uint8', 1],
  ['Bool', 'bool', 1],
  ['ComplexFloat', 'complex64', 8],
] as const

const newTypes = [
  'float8_e4m3fn',
  'float8_e5m2',
  'uint16',
  'uint32',
  'uint64',
  'complex32',
  'bits8',
  'int4',
  'uint3',
]

type Kind = 'tensor' | 'list' | 'dict' | 'sizes' | 'other'

interface Storage {
  readonly itemsize: number
  readonly numel: number
}

/** Where a stream is put: legacy files name a view in each storage. */
export type StorageForm = 'zip' | 'legacy'

/** One stream, from a source of random numbers. */
export class PickleGrammar {
  /** Bytes of an element of each storage that the stream names, by key, as it names it first. */
  readonly storages = new Map<string, number>()
  private readonly parts: Uint8Array[] = []
  private readonly memo: Kind[] = []
  private readonly random: Random
  private readonly form: StorageForm
  private budget = 60

  constructor(random: Random, form: StorageForm = 'zip') {
    this.random = random
    this.form = form
  }

  stream(): Uint8Array {
    this.bytes(0x80, 2)
    this.stateDict(2)
    this.bytes(0x2e)
    return Buffer.concat(this.parts)
  }

  private bytes(...values: number[]): void {
    this.parts.push(Uint8Array.from(values))
  }

  private global(module: string, name: string): void {
    this.parts.push(Buffer.from(`c${module}\n${name}\n`))
  }

  private text(value: string): void {
    const bytes = Buffer.from(value)
    const head = Buffer.from([0x58, 0, 0, 0, 0])
    head.writeUInt32LE(bytes.length, 1)
    this.parts.push(head, bytes)
  }

  private int(value: number): void {
    if (value >= 0 && value < 256 && !this.random.oneIn(8)) this.bytes(0x4b, value)
    else if (value >= 0 && value < 65_536 && this.random.oneIn(2)) this.bytes(0x4d, value & 255, value >> 8)
    else if (Math.abs(value) < 2 ** 31) {
      const four = Buffer.alloc(4)
      four.writeInt32LE(value)
      this.bytes(0x4a, ...four)
    } else {
      const eight = Buffer.alloc(8)
      eight.writeBigInt64LE(BigInt(value))
      this.bytes(0x8a, 8, ...eight)
    }
  }

  private put(kind: Kind): void {
    const index = this.memo.length
    this.memo.push(kind)
    if (index < 256) this.bytes(0x71, index)
    else this.bytes(0x72, index & 255, index >> 8, 0, 0)
  }

  /** Sometimes remembers what is on top. */
  private mayPut(kind: Kind): void {
    if (this.random.oneIn(3)) this.put(kind)
  }

  /** Gets a remembered object of a kind; false where there is none. */
  private got(kind: Kind): boolean {
    const all = this.memo.flatMap((one, index) => (one === kind ? [index] : []))
    if (all.length === 0) return false
    const index = this.random.pick(all)
    if (index < 256) this.bytes(0x68, index)
    else this.bytes(0x6a, index & 255, index >> 8, 0, 0)
    return true
  }

  /** A wrong form in place of a right one, seldom. */
  private get isOdd(): boolean {
    return this.random.oneIn(25)
  }

  private flag(isFloat: boolean): void {
    if (this.isOdd) this.random.pick([() => this.bytes(0x4e), () => this.int(1), () => this.int(0)])()
    else this.bytes(isFloat && this.random.oneIn(2) ? 0x88 : 0x89)
  }

  private hooks(): void {
    if (this.isOdd) this.bytes(0x4e)
    else {
      this.global('collections', 'OrderedDict')
      this.bytes(0x29, 0x52)
    }
  }

  private key(): void {
    const pick = this.random.below(30)
    if (pick > 7)
      this.text(this.random.pick(['a', 'b', 'weight', 'bias', 'x.y', 'm', 'w', 'é', '0', 'data', '']))
    else if (pick === 0) this.int(this.random.below(3))
    else if (pick === 1) this.bytes(this.random.pick([0x88, 0x89, 0x4e]))
    else if (pick === 2) this.float(this.random.pick([0, 1, 1.5, -0, Number.NaN]))
    else if (pick === 3) {
      this.int(this.random.below(2))
      this.text('t')
      this.bytes(0x86)
    } else if (pick === 4) this.encoded()
    else if (pick === 5) this.size([this.random.below(3), 2])
    else if (pick === 6) this.global('torch', this.random.pick(['float32', 'float16']))
    else this.parts.push(Buffer.from(`U\x01${this.random.pick(['a', 'b'])}`, 'latin1'))
  }

  private float(value: number): void {
    const eight = Buffer.alloc(8)
    eight.writeDoubleBE(value)
    this.bytes(0x47, ...eight)
  }

  private encoded(): void {
    this.global('_codecs', 'encode')
    this.text(this.random.pick(['a', 'weight', 'ÿ']))
    if (this.random.oneIn(4)) this.bytes(0x85, 0x52)
    else {
      this.text(this.random.pick(['latin1', 'latin1', 'latin1', 'utf-8', 'ascii', 'rot13', 'hex']))
      this.bytes(0x86, 0x52)
    }
  }

  /** `torch.Size` of something that has these integers. */
  private size(sizes: readonly number[]): void {
    this.global('torch', 'Size')
    this.sequence(sizes)
    this.bytes(0x85, this.random.oneIn(12) ? 0x81 : 0x52)
  }

  private sequence(sizes: readonly number[]): void {
    const pick = this.random.below(24)
    if (pick === 0) this.size(sizes)
    else if (pick <= 3) {
      this.bytes(0x5d)
      this.mayPut('sizes')
      this.bytes(0x28)
      for (const size of sizes) this.int(size)
      this.bytes(0x65)
    } else if (pick === 4 && this.isOdd) {
      this.bytes(0x8f)
    } else if (pick === 5 && this.isOdd) {
      this.bytes(0x28)
      for (const size of sizes) this.bytes(size === 1 ? 0x88 : 0x4b, ...(size === 1 ? [] : [size & 255]))
      this.bytes(0x74)
    } else if (pick === 6 && this.isOdd && this.got('sizes')) {
      // A list that is used, and grows: who took it before has the shorter one.
      this.int(this.random.below(4))
      this.bytes(0x61)
    } else {
      this.bytes(0x28)
      for (const size of sizes) this.int(size)
      this.bytes(0x74)
    }
  }

  private storage(type: (typeof types)[number], untyped = false): Storage {
    const [kind, , itemsize] = type
    const key = this.isOdd ? '3' : this.random.pick(['0', '1', '2'])
    const bytes = storageBytes.get(key) as number
    const numel = untyped ? bytes : Math.floor(bytes / itemsize)
    this.bytes(0x28)
    this.text('storage')
    if (untyped) this.global('torch.storage', 'UntypedStorage')
    else if (this.random.oneIn(30)) this.global('torch', `${kind === 'ComplexFloat' ? 'Float' : kind}Tensor`)
    else this.global('torch', `${kind}Storage`)
    this.text(key)
    this.text('cpu')
    this.int(this.isOdd ? numel + 1 : numel)
    this.named(key, untyped ? 1 : itemsize)
    return { itemsize: untyped ? 1 : itemsize, numel }
  }

  /** Ends the id of a storage and asks for it. */
  private named(key: string, itemsize: number): void {
    if (!this.storages.has(key)) this.storages.set(key, itemsize)
    if (this.form === 'legacy') {
      if (this.isOdd) {
        // Of a legacy file: a part of the storage that has a key of its own.
        this.bytes(0x28)
        this.text(this.random.pick(['v', 'w', '0']))
        this.int(this.random.below(3))
        this.int(this.random.pick([1, 2, 6]))
        this.bytes(0x74)
      } else this.bytes(0x4e)
    }
    this.bytes(0x74, 0x51)
  }

  /** (offset, sizes, strides) of a view of a storage. */
  private view({ numel }: Storage, scale = 1): void {
    const all = Math.floor(numel / scale)
    const rows = 1 + this.random.below(4)
    const columns = Math.max(1, Math.floor(all / rows / (1 + this.random.below(3))))
    const sizes = this.random.pick([
      [rows, columns],
      [rows * columns],
      [],
      [rows, 1, columns],
      [0, columns],
      [rows, columns],
    ])
    const strides = sizes.map((_, i) => sizes.slice(i + 1).reduce((product, size) => product * size, 1))
    if (this.random.oneIn(6)) strides.reverse()
    if (this.random.oneIn(10) && strides.length > 0) strides[0] = 0
    const offset = this.random.oneIn(4) ? this.random.below(4) : 0
    if (this.isOdd) this.random.pick([() => this.bytes(0x88), () => this.bytes(0x4e), () => this.int(-1)])()
    else this.int(offset)
    this.sequence(this.isOdd ? [...sizes, this.random.pick([-1, 2, 2 ** 31])] : sizes)
    if (this.isOdd) this.bytes(this.random.pick([0x4e, 0x29]))
    else this.sequence(strides)
  }

  private plainTensor(): void {
    const type = this.random.pick(types)
    const isFloat = /float|complex/.test(type[1])
    const pick = this.random.below(12)
    if (pick === 0) {
      this.global('torch._utils', '_rebuild_tensor')
      this.bytes(0x28)
      this.view(this.storage(type))
    } else if (pick <= 2) {
      this.global('torch._utils', '_rebuild_tensor_v3')
      this.bytes(0x28)
      const untyped = !this.random.oneIn(3)
      const name = this.random.oneIn(2) ? this.random.pick(newTypes) : type[1]
      const itemsize = /64/.test(name) ? 8 : /32/.test(name) ? 4 : /16/.test(name) ? 2 : 1
      const storage = this.storage(type, untyped)
      this.view(untyped ? storage : { ...storage, numel: storage.numel * storage.itemsize }, itemsize)
      this.flag(/float|complex/.test(name))
      this.hooks()
      if (this.isOdd) this.bytes(0x4e)
      else this.global('torch', name)
    } else {
      this.global('torch._utils', '_rebuild_tensor_v2')
      this.bytes(0x28)
      this.view(this.storage(type))
      this.flag(isFloat)
      this.hooks()
      if (this.random.oneIn(10))
        this.random.pick([() => this.bytes(0x4e), () => this.bytes(0x7d), () => this.metadata()])()
    }
    if (this.isOdd) this.bytes(0x4e)
    this.bytes(0x74, 0x52)
  }

  private metadata(): void {
    this.bytes(0x7d)
    this.text(this.random.pick(['neg', 'conj', 'foo']))
    this.bytes(0x88, 0x73)
  }

  private tensor(): void {
    this.budget--
    if (this.budget < 0 || this.random.oneIn(6)) {
      if (this.got('tensor')) return
    }
    const pick = this.random.below(40)
    if (pick < 20 || this.budget < 0) this.plainTensor()
    else if (pick < 25) this.parameter()
    else if (pick < 28) this.fromType()
    else if (pick < 30) this.constructed()
    else if (pick < 32) this.cast()
    else if (pick === 32) this.metaTensor()
    else if (pick === 33) this.sparse()
    else if (pick === 34) this.quantised()
    else if (pick < 38) this.built()
    else this.plainTensor()
    this.mayPut('tensor')
  }

  private parameter(): void {
    const withState = this.random.oneIn(3)
    const pick = this.random.below(8)
    if (pick === 0) {
      this.global('torch.nn.parameter', 'Parameter')
      if (this.random.oneIn(4)) this.bytes(0x29)
      else {
        this.tensor()
        if (this.random.oneIn(2)) {
          this.flag(true)
          this.bytes(0x86)
        } else this.bytes(0x85)
      }
      this.bytes(this.random.pick([0x52, 0x81]))
      return
    }
    this.global('torch._utils', withState ? '_rebuild_parameter_with_state' : '_rebuild_parameter')
    this.bytes(0x28)
    this.tensor()
    this.flag(true)
    this.hooks()
    if (withState) this.state()
    this.bytes(0x74, 0x52)
  }

  private state(): void {
    const pick = this.random.below(8)
    if (pick === 0) this.bytes(0x4e)
    else if (pick === 1) {
      this.bytes(0x4e)
      this.attributes()
      this.bytes(0x86)
    } else if (pick === 2) {
      this.attributes()
      this.bytes(0x4e, 0x86)
    } else this.attributes()
  }

  private attributes(): void {
    this.bytes(0x7d)
    for (let count = this.random.below(3); count > 0; count--) {
      const name = this.random.pick([
        'tag',
        'data',
        'requires_grad',
        '_is_param',
        'grad',
        'shape',
        '__class__',
        'note',
      ])
      this.text(name)
      if (name === 'data' || name === 'grad') this.tensor()
      else if (name === '__class__') this.global('torch', 'Tensor')
      else if (name === 'note') this.int(1)
      else this.bytes(this.random.pick([0x88, 0x89]))
      this.bytes(0x73)
    }
  }

  private fromType(): void {
    this.global('torch._tensor', '_rebuild_from_type_v2')
    this.bytes(0x28)
    const isDict = this.random.oneIn(5)
    if (isDict) {
      this.global('collections', 'OrderedDict')
      this.global('collections', 'OrderedDict')
      this.pairs()
      this.bytes(0x85)
    } else {
      this.global('torch._utils', '_rebuild_tensor_v2')
      if (this.random.oneIn(3)) this.global('torch.nn.parameter', 'Parameter')
      else this.global('torch', 'Tensor')
      this.bytes(0x28)
      const type = this.random.pick(types)
      this.view(this.storage(type))
      this.flag(/float|complex/.test(type[1]))
      this.hooks()
      this.bytes(0x74)
    }
    if (isDict && !this.isOdd) this.bytes(0x4e)
    else this.state()
    this.bytes(0x74, 0x52)
  }

  private constructed(): void {
    const [kind] = this.random.pick(types.filter(([name]) => name !== 'ComplexFloat'))
    const isPlain = this.random.oneIn(2)
    this.global('torch', isPlain ? 'Tensor' : `${kind}Tensor`)
    const type = isPlain ? types[0] : (types.find(([name]) => name === kind) as (typeof types)[number])
    const pick = this.random.below(6)
    if (pick === 0) this.bytes(0x29)
    else if (pick === 1) {
      this.size([2, this.random.below(4)])
      this.bytes(0x85)
    } else if (pick === 2) {
      this.int(this.random.below(4))
      this.int(2)
      this.bytes(0x86)
    } else if (pick === 3) {
      this.storage(type)
      this.bytes(0x85)
    } else if (pick === 4) {
      this.tensor()
      this.bytes(0x85)
    } else {
      this.int(2)
      this.int(3)
      this.bytes(0x86, 0x85)
    }
    this.bytes(this.random.oneIn(4) ? 0x81 : 0x52)
    if (this.random.oneIn(3)) {
      this.bytes(0x28)
      this.view(this.storage(type))
      this.bytes(0x74, 0x62)
    }
  }

  private cast(): void {
    this.global('torch._utils', '_rebuild_device_tensor_from_cpu_tensor')
    this.bytes(0x28)
    this.tensor()
    if (this.random.oneIn(3)) this.bytes(0x4e)
    else this.global('torch', this.random.pick(types)[1])
    this.text('cpu')
    this.flag(false)
    this.bytes(0x74, 0x52)
  }

  private metaTensor(): void {
    this.global('torch._utils', '_rebuild_meta_tensor_no_storage')
    this.bytes(0x28)
    this.global('torch', this.random.pick(types)[1])
    const sizes = [1 + this.random.below(3), this.random.pick([1, 2, 2 ** 20])]
    this.sequence(sizes)
    this.sequence([sizes[1] as number, 1])
    this.flag(false)
    this.bytes(0x74, 0x52)
  }

  private of(type: (typeof types)[number], key: string, sizes: readonly number[]): void {
    this.global('torch._utils', '_rebuild_tensor_v2')
    this.bytes(0x28, 0x28)
    this.text('storage')
    this.global('torch', `${type[0]}Storage`)
    this.text(key)
    this.text('cpu')
    this.int(Math.floor((storageBytes.get(key) as number) / type[2]))
    this.named(key, type[2])
    this.int(0)
    this.sequence(sizes)
    this.sequence(sizes.map((_, i) => sizes.slice(i + 1).reduce((product, size) => product * size, 1)))
    this.bytes(0x89, 0x7d, 0x74, 0x52)
  }

  private sparse(): void {
    this.global('torch._utils', '_rebuild_sparse_tensor')
    this.bytes(0x28)
    this.global('torch.serialization', '_get_layout')
    this.text('torch.sparse_coo')
    this.bytes(0x85, 0x52, 0x28)
    this.of(types[4], '1', [2, 3])
    this.of(types[0], '2', [3])
    this.sequence([4, 5])
    if (this.random.oneIn(2)) this.bytes(0x89)
    this.bytes(0x74, 0x74, 0x52)
  }

  private quantised(): void {
    this.global('torch._utils', '_rebuild_qtensor')
    this.bytes(0x28, 0x28)
    this.text('storage')
    this.global('torch', 'QInt8Storage')
    this.text('2')
    this.text('cpu')
    this.int(24)
    this.named('2', 1)
    this.int(0)
    this.sequence([4, 3])
    this.sequence([3, 1])
    this.bytes(0x28)
    this.global('torch', 'per_tensor_affine')
    this.float(0.5)
    this.int(1)
    this.bytes(0x74, 0x89)
    this.hooks()
    this.bytes(0x74, 0x52)
  }

  /** BUILD on a tensor or Parameter, new or known already under another name. */
  private built(): void {
    const isParameter = this.random.oneIn(2)
    if (isParameter) this.parameter()
    else if (!(this.random.oneIn(2) && this.got('tensor'))) this.plainTensor()
    const pick = this.random.below(isParameter ? 4 : 3)
    if (pick === 0) {
      this.bytes(0x28)
      this.view(this.storage(this.random.pick(types)))
      this.bytes(0x74)
    } else if (pick === 1) {
      this.bytes(0x28)
      this.tensor()
      this.bytes(0x4e, 0x7d)
      this.flag(true)
      this.bytes(0x4e, 0x74)
    } else if (pick === 2 && this.isOdd) {
      this.tensor()
      this.bytes(0x85)
    } else {
      this.flag(true)
      this.bytes(0x4e, 0x7d, 0x87)
    }
    this.bytes(0x62)
  }

  /** A list of pairs, as dicts take them. */
  private pairs(): void {
    this.bytes(0x5d, 0x28)
    for (let count = this.random.below(3); count > 0; count--) {
      this.key()
      this.value(0)
      if (this.random.oneIn(4)) this.bytes(0x5d)
      this.bytes(0x86)
    }
    this.bytes(0x65)
  }

  private items(depth: number): void {
    const count = this.random.below(4)
    if (count === 0) return
    if (this.random.oneIn(5)) {
      this.key()
      this.value(depth - 1)
      this.bytes(0x73)
      return
    }
    this.bytes(0x28)
    for (let i = 0; i < count; i++) {
      this.key()
      this.value(depth - 1)
    }
    this.bytes(0x75)
  }

  private stateDict(depth: number): void {
    const pick = this.random.below(8)
    if (pick < 4) {
      this.bytes(0x7d)
      this.mayPut('dict')
    } else if (pick < 7) {
      this.global('collections', 'OrderedDict')
      this.dictArguments(depth)
      this.bytes(this.random.oneIn(12) ? 0x81 : 0x52)
      this.mayPut('dict')
    } else {
      this.global('collections', 'Counter')
      this.dictArguments(depth)
      this.bytes(this.random.oneIn(12) ? 0x81 : 0x52)
      this.mayPut('dict')
    }
    this.items(depth)
    if (pick >= 4 && pick < 7 && this.random.oneIn(5)) {
      this.bytes(0x7d)
      this.items(0)
      this.bytes(0x62)
    }
    if (this.random.oneIn(4)) this.items(depth)
  }

  private dictArguments(depth: number): void {
    const pick = this.random.below(6)
    if (pick < 3) this.bytes(0x29)
    else if (pick === 3) {
      this.pairs()
      this.bytes(0x85)
    } else if (pick === 4 && this.got('dict')) this.bytes(0x85)
    else {
      this.bytes(0x7d)
      this.items(Math.min(depth, 1))
      this.bytes(0x85)
    }
  }

  private value(depth: number): void {
    const pick = this.random.below(20)
    if (pick < 12) this.tensor()
    else if (pick < 15 && depth > 0) this.stateDict(depth - 1)
    else if (pick === 15 && this.got('dict')) {
      // The dict again, which may take more items: they are in it wherever it is.
      if (this.random.oneIn(2)) this.items(0)
    } else if (pick === 16 && depth > 0) {
      this.bytes(0x5d)
      this.mayPut('list')
      this.bytes(0x28)
      for (let count = this.random.below(3); count > 0; count--) this.value(depth - 1)
      this.bytes(0x65)
    } else if (pick === 17 && this.got('list')) {
      this.value(0)
      this.bytes(0x61)
    } else if (pick === 18) {
      this.value(0)
      this.bytes(0x85)
    } else this.atom()
  }

  private atom(): void {
    const pick = this.random.below(9)
    if (pick === 0) this.bytes(0x4e)
    else if (pick === 1) this.int(this.random.below(1000))
    else if (pick === 2) this.text('x')
    else if (pick === 3) this.float(0.5)
    else if (pick === 4) this.encoded()
    else if (pick === 5) {
      this.global('torch', 'device')
      this.text('cpu')
      this.bytes(0x85, 0x52)
    } else if (pick === 6) this.size([1, 2])
    else if (pick === 7) {
      this.global('__builtin__', this.random.pick(['set', 'bytearray', 'complex']))
      this.bytes(0x29, 0x52)
    } else this.global('torch', 'float32')
  }
}
