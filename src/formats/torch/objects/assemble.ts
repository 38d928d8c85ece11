import type { PickleValue } from '../../../codec/pickle-value.ts'
import { finding } from '../../../findings/finding.ts'
import type { Limits } from '../../../limits.ts'
import type { Facts, StateDict } from '../../../model/checkpoint.ts'
import type { Finding } from '../../../model/finding.ts'
import { isRegistrationOrder } from '../../registration-order.ts'
import { storageWaste } from '../archive/storage-waste.ts'
import { tensorReader } from '../rebuild/rebuild.ts'
import { spending } from '../rebuild/rebuild-arguments.ts'
import type { TensorReader } from '../rebuild/tensor-record.ts'
import { type StoragePlacer, tensorsOf } from '../rebuild/tensors.ts'
import { declaredBy } from './declared.ts'
import { type DeepSpeedLists, deepSpeedDeclarations, deepSpeedLists, withZeroShapes } from './deepspeed.ts'
import { fairScaleDeclarations } from './fairscale.ts'
import { isGivenTo } from './given-to.ts'
import { followsModules, moduleVersionsOf } from './module-versions.ts'
import { saidByModules } from './modules-beside.ts'
import { itemsOf } from './objects.ts'
import { optimizerFacts } from './optimizer-facts.ts'
import { withRoles } from './roles.ts'
import { savedAs } from './saved-as.ts'
import { type FoundStateDict, findStateDicts } from './state-dicts.ts'
import { type Unlisted, unlistedFindings, unlistedTensors, unreadFindings } from './unlisted.ts'
import { valueEntries } from './value-entries.ts'

/** Beyond these, which optimizer or list of averages is whose is not asked: each is compared with each. */
const mostModels = 100
const mostOfModels = 100

export interface Assembled {
  readonly stateDicts: readonly StateDict[]
  readonly values: ReadonlyMap<string, string>
  readonly findings: readonly Finding[]
}

/**
 * The same of a file of torch. One that holds no tensor, and a dict of NumPy arrays, was saved for whoever makes tensors of
 * them: they are its tensors, and `savedAs` says what they are. Beside tensors they are values, as of a training run.
 */
export function assembleSaved(
  root: PickleValue,
  read: TensorReader,
  place: StoragePlacer,
  limits: Limits,
): Assembled {
  const assembled = assemble(root, read, place, limits)
  if (!assembled.findings.some(({ rule }) => rule === 'torch/no-tensors')) return assembled
  const readArrays = tensorReader(limits, { numpyArrays: true })
  const { stateDicts } = findStateDicts(root, readArrays, limits)
  const holdsDict = stateDicts.some(({ family, entries }) => family === 'tensors' && entries.length > 0)
  return holdsDict ? assemble(root, readArrays, place, limits) : assembled
}

/** The state dicts of an object graph, with what it says of them. */
export function assemble(
  root: PickleValue,
  read: TensorReader,
  place: StoragePlacer,
  limits: Limits,
): Assembled {
  const spend = spending(limits)
  const found = findStateDicts(root, read, limits)
  const lists = deepSpeedLists(root)
  const listed = lists === null ? found.stateDicts : withZeroShapes(found.stateDicts, lists, root, read)
  const ordered = withRoles(listed)
  const optimizers = found.stateDicts
    .filter(({ family }) => family === 'optimizer')
    .map(({ object, path }) => optimizerFacts(object, path, read))
    .filter((facts) => facts !== null)
  const averagedLists = found.stateDicts
    .filter(({ family }) => family === 'list')
    .map(({ path, entries }) => ({ path, shapes: entries.map(({ record }) => record.shape) }))
  const models = ordered.filter(({ role }) => role === 'model').map(({ stateDict }) => stateDict)
  const stateDicts = ordered.map(({ stateDict, role }): StateDict => {
    const givenTo = <T extends { readonly path: string }>(all: readonly T[]): readonly T[] =>
      role === 'model' && models.length <= mostModels && all.length <= mostOfModels
        ? all.filter((one) => isGivenTo(one, stateDict, models))
        : []
    const metadata = stateDict.metadata ?? (role === 'ema' ? metadataOfTwin(stateDict, models) : null)
    const beside = { root, lists, all: found.stateDicts }
    const facts = factsOf({ ...stateDict, metadata }, beside, {
      optimizers: givenTo(optimizers),
      averages: givenTo(averagedLists),
    })
    return {
      path: stateDict.path,
      role,
      tensors: tensorsOf(stateDict.entries, place),
      ...valueEntries(stateDict.values, { read, place, spend }),
      order: isInOrder(stateDict, facts) ? 'registration' : 'unrecorded',
      savedAs: savedAs(stateDict),
      facts,
    }
  })
  const unlisted = unlistedTensors(root, listedIn(found.stateDicts), read)
  const values = new Map(found.values)
  for (const [path, first] of found.repeated)
    values.set(path, `the same object as ${first === '' ? 'the file' : first}`)
  return {
    stateDicts,
    values: shallowFirst(values),
    findings: [
      ...emptyFindings(unlisted, stateDicts),
      ...unlistedFindings(unlisted),
      ...unreadFindings(found.stateDicts, read),
      ...keyFindings(found.stateDicts),
      ...storageWaste(
        ordered.map(({ stateDict }) => stateDict),
        stateDicts.map(({ tensors }) => tensors),
      ),
    ],
  }
}

/** An averaged copy is a copy of a model's state dict made by hand, without its `_metadata`: entry for entry the same. */
function metadataOfTwin(copy: FoundStateDict, models: readonly FoundStateDict[]) {
  const twin = models
    .slice(0, mostModels)
    .find(
      ({ metadata, entries }) =>
        metadata !== null &&
        entries.length === copy.entries.length &&
        entries.every(({ name }, i) => name === copy.entries[i]?.name),
    )
  return twin?.metadata ?? null
}

/** `epoch` before `loops.fit_loop.state_dict`, and otherwise in file order. */
function shallowFirst(values: ReadonlyMap<string, string>): Map<string, string> {
  const depth = (path: string) => path.split('.', 8).length
  return new Map([...values].sort(([a], [b]) => depth(a) - depth(b)))
}

/** What else is in the file. */
interface Beside {
  readonly root: PickleValue
  readonly lists: DeepSpeedLists | null
  readonly all: readonly FoundStateDict[]
}

function factsOf(
  found: FoundStateDict,
  { root, lists, all }: Beside,
  { optimizers, averages }: Required<Pick<Facts, 'optimizers' | 'averages'>>,
): Facts {
  const own =
    found.path === 'module' && lists !== null
      ? deepSpeedDeclarations(lists, found.entries)
      : declaredBy(found)
  const beside = saidByModules(found, all)
  const ofShards = found.family === 'tensors' ? fairScaleDeclarations(root, found.entries) : []
  const declarations = new Map([...beside.declarations, ...own, ...ofShards])
  const classes = found.module?.classes ?? beside.classes
  const versions = moduleVersionsOf(found.metadata, found.entries)
  return {
    ...(declarations.size > 0 ? { declarations } : {}),
    ...(versions === null ? {} : { moduleVersions: versions }),
    ...(classes.size === 0 ? {} : { moduleClasses: shortNames(classes) }),
    ...(found.module === null ? {} : { nonPersistent: found.module.nonPersistent }),
    ...(optimizers.length > 0 ? { optimizers } : {}),
    ...(averages.length > 0 ? { averages } : {}),
  }
}

/** `torch.nn.modules.linear.Linear` is shown as `Linear`. */
function shortNames(classes: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...classes].map(([path, name]) => [path, name.slice(name.lastIndexOf('.') + 1)]))
}

function isInOrder({ family, entries }: FoundStateDict, { moduleVersions }: Facts): boolean {
  if (family === 'module') return true
  if (family !== 'tensors') return false
  if (moduleVersions !== undefined && !followsModules(moduleVersions, entries)) return false
  return isRegistrationOrder(entries.map(({ name }) => name))
}

/** What is rebuilt to all that the state dicts list, and to the buffers they leave out on purpose. */
function* listedIn(stateDicts: readonly FoundStateDict[]): Generator<PickleValue> {
  for (const { entries, values, module } of stateDicts) {
    for (const { source } of entries) yield source
    for (const { value } of values) yield value
    yield* module?.leftOut ?? []
  }
}

function emptyFindings({ built }: Unlisted, stateDicts: readonly StateDict[]): Finding[] {
  if (built > 0 || stateDicts.some(({ tensors }) => tensors.length > 0)) return []
  return [finding('torch/no-tensors', {})]
}

function keyFindings(found: readonly FoundStateDict[]): Finding[] {
  const findings: Finding[] = []
  for (const { path, object, family } of found) {
    const items = family === 'tensors' ? itemsOf(object) : undefined
    const other = items?.keys.find((key) => typeof key !== 'string')
    if (other !== undefined) findings.push(finding('torch/key-type', { path }))
  }
  return findings
}
