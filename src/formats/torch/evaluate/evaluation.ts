import type { PickleEvaluator, PickleHost } from '../../../codec/pickle-evaluator.ts'
import {
  isRecord,
  type PickleCall,
  type PicklePersistent,
  type PickleValue,
} from '../../../codec/pickle-value.ts'
import { quoted, SdinspectError } from '../../../errors.ts'
import { finding } from '../../../findings/finding.ts'
import type { Limits } from '../../../limits.ts'
import type { Finding } from '../../../model/finding.ts'
import { tensorHolders } from '../objects/holds-tensors.ts'
import { isContainer } from '../objects/object-walk.ts'
import { isTypePersistent, keyText } from '../objects/objects.ts'
import { tensorReader } from '../rebuild/rebuild.ts'
import { storageOf } from '../rebuild/storage-of.ts'
import {
  isUnread,
  type StorageRef,
  type TensorReader,
  type TensorRecord,
  type UnreadTensor,
} from '../rebuild/tensor-record.ts'
import { calleeOf } from './callee.ts'
import { keyOfCall, pythonClasses } from './python-classes.ts'
import { stateOfTensor } from './tensor-state.ts'
import { torchCallables } from './torch-callables.ts'
import { ViewKeys } from './view-keys.ts'

/** A key that is set again, with what it had and what it has then. */
interface Replaced {
  readonly key: PickleValue
  readonly values: readonly PickleValue[]
}

/** More places than these are counted, and not named. */
const shownPlaces = 3

/**
 * What torch's unpicklers would build of a stream, followed call by call: the result of each is settled when
 * the stream makes the call, so what it does to the arguments later changes nothing, and BUILD on a tensor
 * changes that tensor under all its names. What is not followed exactly is kept in `places`.
 */
export class Evaluation implements PickleEvaluator {
  readonly read: TensorReader
  /** Every storage the stream refers to, used or not: torch looks for each. */
  readonly storages = new Map<string, StorageRef>()
  host!: PickleHost
  /** Where torch puts each storage: at its first reference. */
  readonly #locations = new Map<string, string>()
  #viewKeys = new ViewKeys()
  /** Of the persistent ids of storages: torch.load takes ids of one length apart. */
  readonly itemCounts = new Set<number>()
  private readonly tensors = new Map<PickleCall, TensorRecord | UnreadTensor | null>()
  /** The Python type of a tensor, which decides what BUILD does to it. */
  private readonly types = new Map<PickleCall, string>()
  readonly #replaced: Replaced[] = []
  private readonly places: { readonly what: string; readonly offset: number }[] = []
  private unfollowedCount = 0
  private readonly undecodedTexts: { count: number; first: number } = { count: 0, first: 0 }
  private readonly refersToStorages: boolean

  constructor(limits: Limits, { numpyArrays = false, storages = true } = {}) {
    this.refersToStorages = storages
    this.read = tensorReader(limits, { numpyArrays, known: this.tensors })
  }

  begin(host: PickleHost): void {
    this.host = host
    this.tensors.clear()
    this.types.clear()
    this.storages.clear()
    this.#locations.clear()
    this.itemCounts.clear()
    this.#viewKeys = new ViewKeys()
    this.#replaced.length = 0
    this.places.length = 0
    this.unfollowedCount = 0
    this.undecodedTexts.count = 0
  }

  called(call: PickleCall): PickleValue {
    const callee = calleeOf(call)
    if (callee === undefined) return call
    const behaviour = pythonClasses.get(callee.name) ?? torchCallables.get(callee.name)
    // An object of another class is what its state makes of it, and is read when the stream has ended.
    return behaviour === undefined ? call : behaviour(call, callee, this)
  }

  /** Notes what tensor a call gives, of the Python class `type`. A tensor that torch knows and is not read is a finding. */
  keep(call: PickleCall, record: TensorRecord | UnreadTensor, type: string): void {
    this.tensors.set(call, record)
    this.types.set(call, type)
    if (isUnread(record) && (type === '' || type.startsWith('torch.')))
      this.unfollowed(record.unread, call.offset)
  }

  /** The same object is another tensor now. */
  change(call: PickleCall, record: TensorRecord): void {
    this.tensors.set(call, record)
  }

  typeOf(call: PickleCall): string | undefined {
    return this.types.get(call)
  }

  built(call: PickleCall): void {
    const record = this.types.has(call) ? (this.tensors.get(call) ?? null) : null
    if (record === null) {
      this.tensors.delete(call)
      if (call.states.length > 1 && pythonClasses.has(calleeOf(call)?.name ?? ''))
        this.unfollowed('BUILD twice on one object', call.offset)
      return
    }
    const state = call.states.at(-1) as PickleValue
    this.tensors.set(call, stateOfTensor(call, record, this.types.get(call) ?? '', state, this))
  }

  replaced(key: PickleValue, before: PickleValue, after: PickleValue): void {
    this.#replaced.push({ key, values: [before, after] })
  }

  /**
   * Python takes the later of two equal keys of a dict and forgets what the first had, and no writer makes such: where a
   * tensor is in either, what was saved is not what is loaded.
   *
   * @param isAny whatever is in them: of what lists tensors and holds none
   * @throws SdinspectError `format/malformed`
   */
  refuseReplaced(within: string, isAny = false): void {
    if (this.#replaced.length === 0) return
    const holdsTensors = tensorHolders(this.read)
    for (const { key, values } of this.#replaced)
      if (
        isAny ||
        values.some((value) => this.read(value) !== null || (isContainer(value) && holdsTensors(value)))
      )
        throw new SdinspectError(
          'format/malformed',
          `${within}: the key ${quoted(keyText(key))} is in its dict twice`,
          { tensor: keyText(key) },
        )
  }

  referred(persistent: PicklePersistent): void {
    if (!this.refersToStorages || isTypePersistent(persistent)) return
    const storage = storageOf(persistent)
    if (storage === undefined) return
    this.storages.set(`${storage.bytes} ${storage.unit} ${storage.key}`, storage)
    if (!this.#locations.has(storage.key)) this.#locations.set(storage.key, storage.location)
    this.itemCounts.add(storage.items)
    if (storage.items === 6 && !this.#viewKeys.isAsSaid(persistent.id, storage))
      this.unfollowed('a view of a storage under the key of another', persistent.offset)
  }

  /** The location of each storage. */
  get locations(): Iterable<string> {
    return this.#locations.values()
  }

  keyOf(call: PickleCall): unknown {
    const callee = calleeOf(call)
    return callee === undefined ? call : keyOfCall(callee.name, call, callee.args, this)
  }

  unfollowed(what: string, offset: number): void {
    this.unfollowedCount++
    if (this.places.length < shownPlaces) this.places.push({ what, offset })
  }

  undecoded(offset: number): void {
    if (this.undecodedTexts.count++ === 0) this.undecodedTexts.first = offset
  }

  /** What `torch.load` refuses unless it is told the encoding of old texts. */
  textFindings(file: string, within: string): Finding[] {
    const { count, first } = this.undecodedTexts
    if (count === 0) return []
    return [finding('torch/old-text', { texts: count, place: `${within} byte ${first}` }, { file })]
  }

  /** One finding for all that was not followed. */
  findings(file: string, within: string): Finding[] {
    if (this.unfollowedCount === 0) return []
    const steps = this.places.map(({ what }) => what)
    const places = this.places.map(({ offset }) => `${within} byte ${offset}`)
    return [finding('torch/unfollowed', { steps, places, count: this.unfollowedCount }, { file })]
  }

  /** The tensor a value is now, with its type; undefined for what is none. */
  tensorOf(
    value: PickleValue | undefined,
  ): { readonly record: TensorRecord; readonly type: string } | undefined {
    if (!isRecord(value) || value.kind !== 'call') return undefined
    const record = this.tensors.get(value) ?? null
    if (record === null || isUnread(record)) return undefined
    return { record, type: this.types.get(value) ?? 'torch.Tensor' }
  }
}
