import type { EntrySpec } from '../../../test/codec/zip-bytes.ts'
import { storageBytes } from '../pickle/grammar.ts'
import type { Random } from '../random.ts'
import { storageEntries } from './torch-files.ts'

const types = [
  ['Float', 4, true],
  ['Half', 2, true],
  ['Double', 8, true],
  ['Long', 8, false],
  ['Byte', 1, false],
] as const

/** A module of TorchScript: its classes as source text, its objects as a pickle. */
export function scriptEntries(random: Random): EntrySpec[] {
  const module = new ScriptModule(random)
  const pickle = module.pickle()
  return [
    { name: 'data.pkl', data: pickle },
    ...storageEntries(random),
    { name: 'code/__torch__.py', data: module.source, deflate: random.oneIn(3) },
    { name: 'constants.pkl', data: Buffer.from('\x80\x02).', 'latin1') },
  ]
}

class ScriptModule {
  source = ''
  readonly #random: Random
  readonly #parts: Buffer[] = []
  #classes = 0
  #memo = 0
  /** Tensors to be used again. */
  readonly #tensors: number[] = []

  constructor(random: Random) {
    this.#random = random
  }

  pickle(): Uint8Array {
    this.#raw('\x80\x02')
    this.#module(2)
    this.#raw('.')
    return Buffer.concat(this.#parts)
  }

  #raw(text: string): void {
    this.#parts.push(Buffer.from(text, 'latin1'))
  }

  #text(text: string): void {
    this.#raw(`X${String.fromCharCode(text.length)}\0\0\0${text}`)
  }

  /** Writes an object and adds its class to the source. The name of the class. */
  #module(depth: number): string {
    const name = `M${this.#classes++}`
    const lines: string[] = []
    const lists = { parameters: [] as string[], buffers: [] as string[] }
    this.#raw(`c__torch__\n${name}\n)\x81}(`)
    for (let i = this.#random.below(4); i > 0; i--) {
      const own = this.#random.pick(['w', 'b', 'running', 'x', 't']) + i
      const kind = this.#random.pick(['parameters', 'parameters', 'buffers', 'none'] as const)
      if (kind !== 'none') lists[kind].push(own)
      lines.push(`  ${own} : Tensor`)
      this.#text(own)
      this.#tensor(kind === 'parameters')
    }
    lines.push('  training : bool')
    this.#text('training')
    this.#raw(this.#random.pick(['\x88', '\x89']))
    if (this.#random.oneIn(3)) {
      lines.push('  k : int')
      this.#text('k')
      this.#raw('K\x03')
    }
    for (let i = depth > 0 ? this.#random.below(3) : 0; i > 0; i--) {
      const child = this.#random.pick(['n', 'layer', '0']) + i
      this.#text(/^\d/.test(child) ? `_${child}` : child)
      const type = this.#module(depth - 1)
      lines.push(`  ${/^\d/.test(child) ? `_${child}` : child} : __torch__.${type}`)
    }
    this.#raw('ub')
    const listed = (names: readonly string[]) => `[${names.map((one) => `"${one}", `).join('')}]`
    const head = [
      `class ${name}(Module):`,
      `  __parameters__ = ${listed(lists.parameters)}`,
      `  __buffers__ = ${listed(lists.buffers)}`,
    ]
    const forward = [
      `  def forward(self: __torch__.${name},`,
      '    x: Tensor) -> Tensor:',
      '    return x',
      '',
    ]
    this.source += [...head, ...lines, ...forward].join('\n')
    return name
  }

  #tensor(isParameter: boolean): void {
    if (this.#tensors.length > 0 && this.#random.oneIn(8)) {
      this.#raw(`h${String.fromCharCode(this.#random.pick(this.#tensors))}`)
      return
    }
    const [type, itemsize, isFloat] = this.#random.pick(types)
    const key = this.#random.pick(['0', '1', '2'])
    const numel = Math.floor((storageBytes.get(key) as number) / itemsize)
    const rows = 1 + this.#random.below(Math.min(numel, 4))
    const columns = Math.floor(numel / rows)
    this.#raw('ctorch._utils\n_rebuild_tensor_v2\n((')
    this.#text('storage')
    this.#raw(`ctorch\n${type}Storage\n`)
    this.#text(key)
    this.#text('cpu')
    const strides = this.#random.oneIn(6) ? [1, rows] : [columns, 1]
    const isGrad = isFloat && (isParameter || this.#random.oneIn(6)) && !this.#random.oneIn(6)
    const bytes = (...values: number[]) => values.map((value) => `K${String.fromCharCode(value)}`).join('')
    this.#raw(
      `${bytes(numel)}tQK\0${bytes(rows, columns)}\x86${bytes(...strides)}\x86${isGrad ? '\x88' : '\x89'}`,
    )
    this.#raw('ccollections\nOrderedDict\n)RtR')
    if (this.#memo < 250) {
      this.#raw(`q${String.fromCharCode(this.#memo)}`)
      this.#tensors.push(this.#memo++)
    }
  }
}
