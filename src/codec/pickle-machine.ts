import { SdinspectError } from '../errors.ts'
import { type Limits, withinLimit } from '../limits.ts'
import type { PickleEvaluator, PickleHost } from './pickle-evaluator.ts'
import { KeySpace } from './pickle-key.ts'
import { operations } from './pickle-opcodes.ts'
import { PickleReader } from './pickle-reader.ts'
import {
  calledResult,
  computedName,
  isHashable,
  isRecord,
  kindOf,
  newDict,
  type PickleCall,
  type PickleDict,
  type PickleGlobal,
  type PickleImport,
  type PicklePersistent,
  type PickleSet,
  type PickleValue,
  registryModule,
  setItem,
} from './pickle-value.ts'

const stop = 0x2e

/** Whether it is called after what loads something, whatever it is given. */
function isLoader(callee: PickleValue): boolean {
  return isRecord(callee) && callee.kind === 'global' && callee.name.includes('load')
}

/** Text, bytes, or what a call made of a text: `_codecs.encode(text, 'latin1')` stands for bytes in protocol 2. */
function mayBeBytes(value: PickleValue): boolean {
  if (typeof value === 'string') return true
  if (!isRecord(value)) return false
  if (value.kind === 'call') return value.args.some((arg) => typeof arg === 'string')
  return value.kind === 'bytes' || value.kind === 'bytearray'
}

/** The stack, marks and memo that opcodes work on. */
export class PickleMachine implements PickleHost {
  readonly imports = new Map<string, PickleImport>()
  /** Calls with text or bytes among their arguments, and all of what loads something: what may be a pickle inside the pickle. */
  readonly handedBytes: PickleCall[] = []
  readonly reader: PickleReader
  readonly stack: PickleValue[] = []
  protocol: number | null = null
  /** Of the opcode being executed; after the run, of the byte after STOP. */
  offset = 0
  private readonly limits: Limits
  private dicts = 0
  /** Stack heights at each open MARK. */
  private readonly marks: number[] = []
  /** Memo entries 0, 1, 2, …, and any other index apart: a stream may say PUT 4294967295. */
  private readonly memo: PickleValue[] = []
  private readonly sparseMemo = new Map<number, PickleValue>()
  private readonly evaluator: PickleEvaluator | null
  private readonly keys: KeySpace
  private readonly members = new WeakMap<PickleSet, Set<unknown>>()
  private work = 0

  constructor(bytes: Uint8Array, limits: Limits, what: string, evaluator: PickleEvaluator | null) {
    this.reader = new PickleReader(bytes, limits, what)
    this.limits = limits
    this.evaluator = evaluator
    this.keys = new KeySpace(
      (work) => this.spend(work),
      (call) => evaluator?.keyOf(call) ?? call,
    )
    evaluator?.begin(this)
  }

  keyOf(key: PickleValue): unknown {
    return this.keys.keyOf(key)
  }

  /** Counts what an opcode costs beyond itself: a large key or container that the stream uses again and again. */
  spend(work: number): void {
    this.work += work
    if (this.work > this.limits.pickleOpcodes)
      this.limit('pickleOpcodes', Math.ceil(this.work), 'the work of its keys and copies')
  }

  /** The string at hand is no text in UTF-8. */
  undecoded(): void {
    this.evaluator?.undecoded(this.offset)
  }

  /** Runs to STOP and gives what is then on the stack. */
  run(): PickleValue {
    const { reader, stack, limits } = this
    for (let count = 1; ; count++) {
      this.offset = reader.position
      if (count > limits.pickleOpcodes) this.limit('pickleOpcodes', count, 'the number of opcodes')
      const opcode = reader.u8()
      if (opcode === stop) {
        const [value] = this.popCount(1)
        this.offset = reader.position
        return value as PickleValue
      }
      const operation = operations[opcode]
      if (operation === undefined)
        throw this.malformed(`unknown opcode 0x${opcode.toString(16).padStart(2, '0')}`)
      operation(this)
      if (stack.length > limits.pickleStack)
        this.limit('pickleStack', stack.length, 'the height of the stack')
    }
  }

  malformed(message: string): SdinspectError {
    return new SdinspectError('format/malformed', `${this.reader.what}: ${message} at ${this.offset}`, {
      offset: this.offset,
    })
  }

  private limit(
    name: 'pickleOpcodes' | 'pickleStack' | 'pickleMemo' | 'pickleDicts',
    value: number,
    subject: string,
  ): void {
    withinLimit(this.limits, name, value, `${this.reader.what}: ${subject}`, this.offset)
  }

  newDict(): PickleDict {
    this.dicts++
    if (this.dicts > this.limits.pickleDicts) this.limit('pickleDicts', this.dicts, 'the number of dicts')
    return newDict()
  }

  /** Python and torch take any number of them, anywhere. */
  setProtocol(protocol: number): void {
    this.protocol = Math.max(this.protocol ?? 0, protocol)
  }

  mark(): void {
    this.marks.push(this.stack.length)
    if (this.marks.length > this.limits.pickleStack)
      this.limit('pickleStack', this.marks.length, 'the number of open marks')
  }

  /** How high the stack is below the last open MARK: what is there is out of reach. */
  private fence(): number {
    return this.marks[this.marks.length - 1] ?? 0
  }

  top(): PickleValue {
    if (this.stack.length <= this.fence()) throw this.malformed('stack underflow')
    return this.stack[this.stack.length - 1] as PickleValue
  }

  /** The upper `count` values, lowest first. */
  popCount(count: number): PickleValue[] {
    if (this.stack.length - count < this.fence()) throw this.malformed('stack underflow')
    return this.stack.splice(this.stack.length - count)
  }

  popToMark(): PickleValue[] {
    const begin = this.marks.pop()
    if (begin === undefined) throw this.malformed('no MARK on the stack')
    return this.stack.splice(begin)
  }

  /** POP takes the MARK where that is what is on top. */
  discard(): void {
    if (this.marks.length > 0 && this.fence() === this.stack.length) this.marks.pop()
    else this.popCount(1)
  }

  hashable(keys: readonly PickleValue[]): readonly PickleValue[] {
    for (const key of keys)
      if (!isHashable(key)) throw this.malformed(`a ${kindOf(key)} as a key of a dict or set`)
    return keys
  }

  append(values: readonly PickleValue[]): void {
    const target = this.top()
    if (!isRecord(target) || (target.kind !== 'list' && target.kind !== 'call'))
      throw this.malformed(`APPEND to a ${kindOf(target)}`)
    for (const value of values) target.items.push(value)
  }

  addItems(values: PickleValue[]): void {
    const target = this.top()
    if (!isRecord(target) || (target.kind !== 'set' && target.kind !== 'call'))
      throw this.malformed(`ADDITEMS to a ${kindOf(target)}`)
    if (target.kind === 'set') this.addMembers(target, values)
    else for (const value of this.hashable(values)) target.items.push(value)
  }

  newSet(kind: PickleSet['kind'], values: readonly PickleValue[]): PickleSet {
    const made: PickleSet = { kind, items: [] }
    if (values.length > 0) this.addMembers(made, values)
    return made
  }

  private addMembers(set: PickleSet, values: readonly PickleValue[]): void {
    const members = this.members.get(set) ?? new Set()
    this.members.set(set, members)
    for (const value of this.hashable(values)) {
      const canonical = this.keys.keyOf(value)
      if (members.has(canonical)) continue
      members.add(canonical)
      set.items.push(value)
    }
  }

  setItems(dict: PickleDict, pairs: readonly PickleValue[]): void {
    if (pairs.length % 2 !== 0) throw this.malformed('a key without a value')
    if (dict.handed && pairs.length > 0)
      this.evaluator?.unfollowed('a dict is changed after it was handed to an object', this.offset)
    for (let i = 0; i < pairs.length; i += 2)
      this.setItem(dict, pairs[i] as PickleValue, pairs[i + 1] as PickleValue)
  }

  setItem(dict: PickleDict, key: PickleValue, value: PickleValue): void {
    if (!isHashable(key)) throw this.malformed(`a ${kindOf(key)} as a key of a dict or set`)
    const before = setItem(dict, key, value, this.keys.keyOf(key))
    if (before !== undefined) this.evaluator?.replaced(key, before, value)
  }

  setItemsOnTop(pairs: readonly PickleValue[]): void {
    const target = this.top()
    if (isRecord(target) && target.kind === 'dict') {
      this.setItems(target, pairs)
      return
    }
    if (!isRecord(target) || target.kind !== 'call') throw this.malformed(`SETITEM on a ${kindOf(target)}`)
    target.entries ??= this.newDict()
    this.setItems(target.entries, pairs)
  }

  memoSize(): number {
    return this.memo.length + this.sparseMemo.size
  }

  memorise(index: number): void {
    const value = this.top()
    if (index < this.memo.length) this.memo[index] = value
    else if (index === this.memo.length) {
      this.memo.push(value)
      this.sparseMemo.delete(index)
    } else this.sparseMemo.set(index, value)
    if (this.memoSize() > this.limits.pickleMemo) this.limit('pickleMemo', this.memoSize(), 'the memo')
  }

  recall(index: number): PickleValue {
    const value = index < this.memo.length ? this.memo[index] : this.sparseMemo.get(index)
    if (value === undefined) throw this.malformed(`no memo entry ${index}`)
    return value
  }

  name(module: string, name: string): PickleGlobal {
    withinLimit(
      this.limits,
      'nameBytes',
      module.length + name.length,
      `${this.reader.what}: the length of an import`,
      this.offset,
    )
    const key = `${module}\n${name}`
    const seen = this.imports.get(key)
    if (seen === undefined) this.imports.set(key, { module, name, offset: this.offset, count: 1 })
    else seen.count++
    return { kind: 'global', module, name, offset: this.offset }
  }

  /** A name that the stream computes by a call is known only to who runs it. */
  nameOnStack(module: PickleValue, name: PickleValue): PickleGlobal {
    const text = (value: PickleValue): string => {
      if (typeof value === 'string') return value
      if (isRecord(value) && value.kind === 'call') return computedName
      throw this.malformed(`an import named by a ${kindOf(value)}`)
    }
    return this.name(text(module), text(name))
  }

  extension(code: number): PickleGlobal {
    if (code <= 0) throw this.malformed(`the extension code ${code}`)
    return this.name(registryModule, String(code))
  }

  /** Makes a call, and pushes what it gives. */
  call(
    via: PickleCall['via'],
    callee: PickleValue,
    args: PickleValue,
    kwargs: PickleValue | null,
  ): PickleValue {
    const call = this.newCall(via, callee, args, kwargs)
    if (isRecord(callee) && callee.kind === 'call') this.name(calledResult, this.methodOf(callee))
    const attribute = this.attributeOf(call)
    if (attribute !== undefined) return attribute
    if (call.args.some(mayBeBytes) || isLoader(callee)) this.handedBytes.push(call)
    return this.evaluator?.called(call) ?? call
  }

  /**
   * `getattr(object, name)`, which is how Python writes methods: what is judged is what is fetched. Of a class or
   * module it is another name; of an object its method, named by the object's class.
   */
  private attributeOf({ callee, args }: PickleCall): PickleGlobal | undefined {
    if (!isRecord(callee) || callee.kind !== 'global' || callee.name !== 'getattr') return undefined
    if (callee.module !== 'builtins' && callee.module !== '__builtin__') return undefined
    const [object, name] = args
    const text = typeof name === 'string' ? name : computedName
    if (isRecord(object) && object.kind === 'global')
      return this.name(object.module, `${object.name}.${text}`)
    const made = isRecord(object) && object.kind === 'call' ? object.callee : undefined
    if (isRecord(made) && made.kind === 'global') this.name(made.module, `${made.name}.${text}`)
    else this.name('builtins', `getattr(${object === undefined ? '' : kindOf(object)}, ${text})`)
    return undefined
  }

  private methodOf({ callee, args }: PickleCall): string {
    const named =
      isRecord(callee) && callee.kind === 'global' ? `${callee.module}.${callee.name}` : 'a result'
    return typeof args[1] === 'string' ? `${named}(…, ${args[1].slice(0, 100)})` : `${named}(…)`
  }

  private newCall(
    via: PickleCall['via'],
    callee: PickleValue,
    args: PickleValue,
    kwargs: PickleValue | null,
  ): PickleCall {
    if (!isRecord(callee) || !['global', 'call', 'persistent'].includes(callee.kind))
      throw this.malformed(`a call of a ${kindOf(callee)}`)
    if (kwargs !== null && (!isRecord(kwargs) || (kwargs.kind !== 'dict' && kwargs.kind !== 'call')))
      throw this.malformed(`a call with a ${kindOf(kwargs)} for its keyword arguments`)
    return {
      kind: 'call',
      via,
      callee,
      args: this.argumentsOf(args),
      kwargs,
      states: [],
      items: [],
      entries: null,
      offset: this.offset,
    }
  }

  /** A tuple: CPython takes nothing else. */
  private argumentsOf(args: PickleValue): readonly PickleValue[] {
    if (isRecord(args) && args.kind === 'tuple') return args.items
    if (isRecord(args) && args.kind === 'call') return [args]
    throw this.malformed(`a call with a ${kindOf(args)} for its arguments`)
  }

  persistent(id: PickleValue): PicklePersistent {
    const made: PicklePersistent = { kind: 'persistent', id, offset: this.offset }
    this.evaluator?.referred(made)
    return made
  }

  /** BUILD on anything but a new object sets attributes of it: kept as a record around it. */
  build(): void {
    const [state] = this.popCount(1) as [PickleValue]
    let target = this.top()
    if (!isRecord(target) || target.kind !== 'call') {
      if (!isRecord(target) || (target.kind !== 'global' && target.kind !== 'persistent'))
        throw this.malformed(`BUILD on a ${kindOf(target)}`)
      target = this.newCall('build', target, { kind: 'tuple', items: [] }, null)
      this.stack[this.stack.length - 1] = target
    }
    target.states.push(state)
    if (isRecord(state) && state.kind === 'dict') state.handed = true
    if (isRecord(state) && state.kind === 'tuple' && state.items.length === 2)
      for (const part of state.items) if (isRecord(part) && part.kind === 'dict') part.handed = true
    this.evaluator?.built(target)
  }
}
