import type { RuleId } from '../../findings/catalogue.ts'
import { finding } from '../../findings/finding.ts'
import type { Finding } from '../../model/finding.ts'
import type { Report, TensorReport } from '../../model/report.ts'
import { openablePath } from '../findings/openable-path.ts'

/**
 * What loaders look for in a folder, the first that is there: transformers in modeling_utils.py
 * (`_get_resolved_checkpoint_files`), PEFT in save_and_load.py (`load_peft_weights`). `$` stands for a variant.
 */
const orders: readonly (readonly [loader: string, names: readonly RegExp[]])[] = [
  [
    'transformers',
    [
      /^model(\.[^.]+)?\.safetensors$/,
      /^model\.safetensors\.index(\.[^.]+)?\.json$/,
      /^pytorch_model(\.[^.]+)?\.bin$/,
      /^pytorch_model\.bin\.index(\.[^.]+)?\.json$/,
    ],
  ],
  ['PEFT', [/^adapter_model\.safetensors$/, /^adapter_model\.bin$/]],
]

/** Names of the weights as Mistral and Meta publish them, under names of their own; shards of a rank each among them. */
const consolidated = /^(?:original\/)?consolidated(?:\.00)?\.(?:safetensors|pth)$/

/** Parts of a model that consolidated files may have more or less of: tied heads, frequencies of positions. */
const fractionLeft = 0.01

/** Whether weights are under the names of their author, of which no configuration of transformers says anything. */
export function isOfAuthor({ files }: Pick<Report, 'files'>): boolean {
  return files.some(({ name, role }) => role === 'weights' && consolidated.test(name))
}

/** A file, or an index, that stands for one save of a model. */
interface Save {
  /** In which of the reports. */
  readonly at: number
  readonly folder: string
  readonly name: string
  readonly report: Report
  /** The file of the folder that its configuration names as the weights. */
  readonly named: string | undefined
}

/**
 * What is said of checkpoints that stand beside another that is loaded in their place, by the index of the report.
 *
 * @param reports of all that a check read, in any order; null for what was not read, or is no model
 */
export function secondSaves(reports: readonly (Report | null)[]): ReadonlyMap<number, Finding> {
  const saves = reports.flatMap((report, at) => (report === null ? [] : saveOf(report, at)))
  const folders = new Map<string, Save[]>()
  for (const save of saves) {
    const list = folders.get(save.folder)
    if (list === undefined) folders.set(save.folder, [save])
    else list.push(save)
  }
  const found = new Map<number, Finding>()
  for (const [folder, own] of folders)
    for (const [loader, names] of orders) {
      const loaded = (loader === 'transformers' ? namedOf(own) : undefined) ?? firstOf(own, names)
      if (loaded === undefined) continue
      for (const save of own)
        if (save !== loaded && variantOf(save.name, names) === (variantOf(loaded.name, names) ?? ''))
          found.set(save.at, compared(loaded, save, loader))
      if (loader !== 'transformers') continue
      const others = [...own, ...(folders.get(`${folder}/original`) ?? [])]
      for (const save of others)
        if (consolidated.test(save.name)) found.set(save.at, counted(loaded, save, loader))
    }
  return found
}

/** Readers have said of these that a part is not there, or that it is another save. */
const told: ReadonlySet<string> = new Set<RuleId>([
  'index/missing-shard',
  'index/missing-tensor',
  'index/shadowed',
  'shards/broken',
  'shards/incomplete',
])

function saveOf(report: Report, at: number): Save[] {
  if (report.findings.some(({ rule }) => told.has(rule))) return []
  const index = report.files.find(({ role }) => role === 'index')
  const weights = report.files.filter(({ role }) => role === 'weights')
  const [main = weights[0]] = index === undefined ? [] : [index]
  // Shards without an index are loaded by nothing.
  if (main === undefined || (index === undefined && weights.length > 1)) return []
  const path = openablePath(report.path, main.name, report.files)
  const slash = path.lastIndexOf('/')
  const named = report.findings.find(
    ({ rule, args }) => rule === 'config/weights-file' && args?.what === 'loaded',
  )?.args?.named
  return [
    {
      at,
      folder: slash < 0 ? '.' : path.slice(0, slash),
      name: path.slice(slash + 1),
      report,
      named: typeof named === 'string' ? named.replace(/^(?:\.\/)+/, '') : undefined,
    },
  ]
}

/** The save that a configuration names, which comes before the names that are looked for. */
function namedOf(saves: readonly Save[]): Save | undefined {
  const named = saves.find((save) => save.named !== undefined)?.named
  return named === undefined ? undefined : saves.find(({ name }) => name === named)
}

/** The save that is loaded when no variant is named. */
function firstOf(saves: readonly Save[], names: readonly RegExp[]): Save | undefined {
  for (const pattern of names) {
    const found = saves.find(({ name }) => pattern.test(name) && variantOf(name, names) === '')
    if (found !== undefined) return found
  }
  return undefined
}

/** `fp16` of `model.fp16.safetensors`; undefined for other names. */
function variantOf(name: string, names: readonly RegExp[]): string | undefined {
  for (const pattern of names) {
    const match = pattern.exec(name)
    if (match !== null) return match[1]?.slice(1) ?? ''
  }
  return undefined
}

function compared(loaded: Save, other: Save, loader: string): Finding {
  const [there, here] = [tensorsOf(loaded), tensorsOf(other)]
  const reshaped: string[] = []
  let types = false
  for (const [name, tensor] of here) {
    const twin = there.get(name)
    if (twin === undefined) continue
    if (twin.shape.join() !== tensor.shape.join()) reshaped.push(name)
    types ||= twin.dtype !== tensor.dtype
  }
  const onlyHere = missingFrom(there, here)
  const onlyThere = missingFrom(here, there)
  const about = { file: other.name }
  if (onlyHere.length + onlyThere.length + reshaped.length === 0)
    return finding(
      'folder/second-save',
      { loaded: loaded.name, loader, same: types ? 'shapes' : 'tensors' },
      about,
    )
  return finding(
    'folder/stale-save',
    { loaded: loaded.name, loader, onlyHere, onlyThere, reshaped, elements: null },
    about,
  )
}

/** Names of weights that a table has and another has not. Second names of a tensor, and buffers, may be left out of a save. */
function missingFrom(
  one: ReadonlyMap<string, TensorReport>,
  other: ReadonlyMap<string, TensorReport>,
): string[] {
  const tied = new Set<string>()
  for (const { name, tiedTo } of other.values()) if (tiedTo !== null) tied.add(name).add(tiedTo)
  return [...other.values()]
    .filter(({ name, kind }) => kind === 'parameter' && !one.has(name) && !tied.has(name))
    .map(({ name }) => name)
}

/** Where the names are of two schemes. */
function counted(loaded: Save, other: Save, loader: string): Finding {
  const [here, there] = [parametersOf(other), parametersOf(loaded)]
  const about = { file: other.name }
  if (Math.abs(here - there) <= fractionLeft * there)
    return finding('folder/second-save', { loaded: loaded.name, loader, same: 'size' }, about)
  return finding(
    'folder/stale-save',
    {
      loaded: loaded.name,
      loader,
      onlyHere: [],
      onlyThere: [],
      reshaped: [],
      elements: [here, there],
    },
    about,
  )
}

const parametersOf = ({ report }: Save): number => report.stateDicts[0]?.totals.logicalParameters ?? 0

function tensorsOf({ report }: Save): ReadonlyMap<string, TensorReport> {
  return new Map((report.stateDicts[0]?.tensors ?? []).map((tensor) => [tensor.name, tensor]))
}
