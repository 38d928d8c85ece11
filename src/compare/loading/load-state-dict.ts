import { type EntryReport, entriesOf } from '../../model/entries.ts'
import { inspectionOf } from '../../model/inspection.ts'
import { leafName, type ModuleTree, moduleTree } from '../../model/modules/tree.ts'
import { TextNames } from '../../model/names/name-column.ts'
import type { StateDictReport } from '../../model/report.ts'
import type { SavedAs } from '../../model/saved-as.ts'
import type { LoadResult } from '../difference.ts'
import { Copies, size } from './copies.ts'
import { loadInColumns } from './load-in-columns.ts'
import {
  fusedRules,
  type Given,
  type Loading,
  type ModuleRule,
  moduleRules,
  normsOf,
  packedRecurrentRules,
  versionsOf,
} from './load-rules.ts'

export interface LoadOptions {
  /** Whether tied names are entries of the file. safetensors leaves them out. */
  readonly hasTiedNames: boolean
  /** The name that a tensor of the checkpoint is loaded under, when it is renamed first: in a plain dict, without `_metadata`. */
  readonly rename?: (name: string) => string
  /** Whether the tensors of the checkpoint take the place of those of the model (`assign=True`). */
  readonly assign?: boolean
  /** Load `checkpoint.state_dict()` where the checkpoint is a module. */
  readonly ofModule?: boolean
}

type Checkpoint = Pick<StateDictReport, 'tensors' | 'values' | 'savedAs'>
type Model = Pick<StateDictReport, 'tensors' | 'values' | 'modules' | 'savedAs'>

/**
 * What `model.load_state_dict(checkpoint)` would find (torch/nn/modules/module.py, `load_state_dict` and
 * `_load_from_state_dict`, torch 2.15), where the model has exactly the entries of `model`.
 */
export function loadStateDict(checkpoint: Checkpoint, model: Model, options: LoadOptions): LoadResult {
  const { savedAs } = checkpoint
  if (savedAs?.isMapping === false && !options.ofModule)
    return {
      ...nothingLoaded(classOf(model)),
      fatal: `Expected state_dict to be dict-like, got <class '${savedAs.class}'>.`,
      fatalType: 'TypeError',
    }
  const columns = loadInColumns(checkpoint, model, options)
  return columns === null
    ? new Load(checkpoint, model, options).result()
    : resultOf(model, { ...columns, filled: [], tied: [], raised: columns.copies.fatal })
}

/** The same, going through the entries whatever they are. */
export function loadEntryByEntry(checkpoint: Checkpoint, model: Model, options: LoadOptions): LoadResult {
  return new Load(checkpoint, model, options).result()
}

/** Nothing is compared: torch raises before it looks at a key. */
export function nothingLoaded(model: string | null): LoadResult {
  return {
    model,
    missing: [],
    missingModules: [],
    unexpected: [],
    mismatched: [],
    refused: [],
    fatal: null,
    undecided: [],
    otherParts: [],
    unknownParts: [],
    filled: [],
    tied: [],
    copied: 0,
    converted: 0,
    strict: 'raises',
    lenient: 'raises',
  }
}

type Loaded = Pick<LoadResult, 'missing' | 'missingModules' | 'unexpected' | 'filled' | 'tied'> & {
  readonly copies: Copies
  readonly raised: Copies['fatal']
}

function resultOf(model: Model, loaded: Loaded): LoadResult {
  const { missing, missingModules, unexpected, copies, raised, filled, tied } = loaded
  const { mismatched, refused, undecided, otherParts, unknownParts, converted, copied } = copies
  const raises = mismatched.length + refused.length > 0 || raised !== null
  // A doubt that stands before the error may be the error.
  const lenient = raises ? 'raises' : undecided.length > 0 ? 'unknown' : 'loads'
  return {
    model: classOf(model),
    missing,
    missingModules,
    unexpected,
    mismatched,
    refused,
    fatal: raised?.message ?? null,
    ...(raised === null ? {} : { fatalType: raised.type }),
    undecided,
    otherParts,
    unknownParts,
    filled,
    tied,
    copied,
    converted,
    strict: missing.length + unexpected.length > 0 ? 'raises' : lenient,
    lenient,
  }
}

/** Whether a name begins with one of these and a dot. */
function isBelow(name: string, containers: ReadonlySet<string>): boolean {
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1))
    if (containers.has(name.slice(0, dot))) return true
  return false
}

/** One load, module by module. */
class Load implements Loading {
  readonly given: Given = new Map()
  readonly missing: string[] = []
  readonly filled: string[] = []
  readonly version: (module: string) => number | null
  readonly #model: Model
  readonly #savedAs: SavedAs | undefined
  readonly #tree: ModuleTree
  #owners: ReadonlySet<string> | undefined
  #hasChildren = false
  readonly #leftOut = new Set<string>()
  readonly #copies: Copies
  #fatal: { readonly type: string; readonly message: string } | null = null
  readonly #unexpected: readonly string[]

  constructor(checkpoint: Checkpoint, model: Model, { hasTiedNames, rename, assign = false }: LoadOptions) {
    this.#model = model
    this.#savedAs = checkpoint.savedAs
    // Modules that keep values alone are modules too.
    this.#tree = model.values?.length
      ? moduleTree(new TextNames([...keysOf(model)].map(nameOf)))
      : inspectionOf(model).tree
    this.version =
      rename === undefined ? versionsOf(checkpoint.savedAs, (module) => this.#owns(module)) : () => null
    this.#copies = new Copies({
      assign,
      expanded: new Set(model.savedAs?.expanded),
      arrays: new Set(checkpoint.savedAs?.arrays),
      strided: new Set(checkpoint.savedAs?.strided),
      wrapsParameters: !isScript(model),
    })
    for (const entry of keysOf(checkpoint)) {
      const name = rename === undefined ? nameOf(entry) : rename(nameOf(entry))
      if (entry.tensor !== undefined && entry.tensor.tiedTo !== null && !hasTiedNames) this.#leftOut.add(name)
      else this.given.set(name, entry)
    }
    this.#takeContainers(rename)
    this.#unexpected = this.#walk()
  }

  #missingModules(): LoadResult['missingModules'] {
    if (this.missing.length === 0) return []
    const there = new Set<string>()
    for (const name of this.given.keys()) for (const path of pathsTo(moduleOf(name))) there.add(path)
    const gone = new Map<string, number>()
    for (const name of this.missing) {
      const module = moduleOf(name)
      if (module === '') continue
      for (const path of pathsTo(module)) {
        if (there.has(path)) continue
        gone.set(path, (gone.get(path) ?? 0) + 1)
        break
      }
    }
    return [...gone].map(([path, keys]) => ({ path, keys }))
  }

  #owns(module: string): boolean {
    this.#owners ??= new Set([...this.given.keys()].flatMap((name) => [...pathsTo(moduleOf(name))]))
    return this.#owners.has(module)
  }

  /** A container of tensors is one value to torch, under its own key. */
  #takeContainers(rename: LoadOptions['rename']): void {
    const containers = this.#savedAs?.containers ?? []
    if (containers.length === 0) return
    const keys = containers.map(({ name }) => (rename === undefined ? name : rename(name)))
    const within = new Set(keys)
    for (const name of [...this.given.keys()]) if (isBelow(name, within)) this.given.delete(name)
    for (const [index, { class: type }] of containers.entries()) {
      const key = keys[index] as string
      this.given.set(key, { value: { name: key, position: 0, kind: 'other', type, description: type } })
    }
  }

  tell(line: string): void {
    this.#copies.tell(line)
  }

  raise(type: string, message: string): void {
    this.#fatal ??= { type, message }
  }

  doubt(name: string): void {
    this.#copies.undecided.push(name)
  }

  result(): LoadResult {
    return resultOf(this.#model, {
      missing: this.missing,
      missingModules: this.#missingModules(),
      unexpected: this.#unexpected,
      copies: this.#copies,
      raised: this.#fatal,
      filled: this.filled,
      tied: this.missing.filter((name) => this.#leftOut.has(name)),
    })
  }

  #walk(): readonly string[] {
    const entries = [...keysOf(this.#model)]
    const wanted = new Set(entries.map(nameOf))
    this.#hasChildren = entries.some((entry) => nameOf(entry).includes('.'))
    // A scripted module is compared entry by entry, whatever class it was written as.
    const rules: ReadonlyMap<string, ModuleRule> = isScript(this.#model)
      ? new Map()
      : new Map([
          ...packedRecurrentRules(wanted),
          ...moduleRules(entries, wanted),
          ...fusedRules(entries, wanted),
        ])
    const seen = new Set<string>()
    this.#enter('', rules, seen)
    for (const entry of entries) {
      const name = nameOf(entry)
      const module = moduleOf(name)
      for (const path of pathsTo(module)) this.#enter(path, rules, seen)
      if (this.#fatal !== null) return []
      const rule = rules.get(module)
      if (rule?.seenTo?.has(name)) continue
      const found = this.given.get(name)
      if (found === undefined) {
        if (!rule?.isQuiet) this.missing.push(name)
      } else if (found === 'made' || rule?.takesAnything?.has(name)) this.#copies.count()
      else this.#copies.add(found, entry, rule?.takesAnyShape?.has(name) === true)
      if (this.#copies.fatal !== null) this.raise(this.#copies.fatal.type, this.#copies.fatal.message)
    }
    this.#oldStatistics(wanted)
    if (this.#fatal !== null) return []
    const names = [...this.given.keys()].filter(
      (name) => !wanted.has(name) && this.given.get(name) !== 'made',
    )
    return inTorchOrder(names, this.#tree, (module, name) => {
      const isQuiet = rules.get(module)?.isQuiet
      if (isQuiet === 'perhaps') this.doubt(name)
      return isQuiet === true
    })
  }

  /** What a module does first. A key that is no text is noticed in the outermost, when its own entries are done. */
  #enter(module: string, rules: ReturnType<typeof moduleRules>, seen: Set<string>): void {
    if (seen.has(module)) return
    seen.add(module)
    if (this.#fatal !== null) return
    rules.get(module)?.before?.(this)
    const { keyClass } = this.#savedAs ?? {}
    const asksForKeys = rules.get('')?.isQuiet !== true || this.#hasChildren
    if (module === '' && keyClass !== undefined && asksForKeys) {
      if (keyClass === 'bytes')
        this.raise('TypeError', 'startswith first arg must be bytes or a tuple of bytes, not str')
      else this.raise('AttributeError', `'${keyClass}' object has no attribute 'startswith'`)
    }
  }

  /**
   * torch/nn/modules/instancenorm.py: without statistics it refuses those of a checkpoint without versions, strict or
   * not. Batch norms do not. Of one that has no entries the `_metadata` of the model knows.
   */
  #oldStatistics(wanted: ReadonlySet<string>): void {
    const norms = normsOf(this.#model)
    let classes: Map<string, string> | null = null
    const asked = new Set<string>()
    for (const name of this.given.keys()) {
      const leaf = leafName(name)
      if (leaf !== 'running_mean' && leaf !== 'running_var') continue
      const module = moduleOf(name)
      const prefix = module === '' ? '' : `${module}.`
      if (asked.has(module) || wanted.has(name) || this.version(module) !== null) continue
      asked.add(module)
      const mayBe =
        norms === null ? wanted.has(`${prefix}weight`) && wanted.has(`${prefix}bias`) : norms.has(module)
      if (!mayBe || wanted.has(`${prefix}running_mean`)) continue
      classes ??= new Map(
        this.#model.modules.flatMap(({ path, classes: [only], level }) =>
          level === 'declared' && only !== undefined ? [[path, only]] : [],
        ),
      )
      const known = classes.get(module)
      if (known === undefined) this.doubt(name)
      else if (/^(Sync)?InstanceNorm[123]d$/.test(known)) {
        const keys = ['running_mean', 'running_var']
          .map((each) => prefix + each)
          .filter((key) => this.given.has(key))
        for (const key of keys) this.given.delete(key)
        this.tell(oldStatistics(keys, known))
      }
    }
  }
}

/** Modules are looked for in this much of a name: the cost must not grow with the square of the depth. */
const longestPath = 1_000

/** Each module on the way to one, the outermost first. */
function* pathsTo(module: string): Generator<string> {
  for (let dot = module.indexOf('.'); dot >= 0 && dot < longestPath; dot = module.indexOf('.', dot + 1))
    yield module.slice(0, dot)
  yield module
}

const oldStatistics = (keys: readonly string[], klass: string): string =>
  `Unexpected running stats buffer(s) ${keys.map((key) => `"${key}"`).join(' and ')} for ${klass} ` +
  'with track_running_stats=False. If state_dict is a checkpoint saved before 0.4.0, this may be expected ' +
  `because ${klass} does not track running stats by default since 0.4.0. Please remove these keys from state_dict. If ` +
  `the running stats are actually needed, instead set track_running_stats=True in ${klass} to enable them. See ` +
  `the documentation of ${klass} for details.`

/** The path of the module that owns an entry. */
const moduleOf = (name: string): string => name.slice(0, Math.max(0, name.length - leafName(name).length - 1))

const nameOf = (entry: EntryReport): string => (entry.tensor ?? entry.value).name

const isScript = ({ savedAs }: Pick<Model, 'savedAs'>): boolean =>
  savedAs?.class === 'torch.jit._script.RecursiveScriptModule'

/** The entries that a state dict has. Plain attributes of a TorchScript module are tensors of the file, and no keys. */
function* keysOf(stateDict: Checkpoint): Generator<EntryReport> {
  const isOfScript = isScript(stateDict)
  for (const entry of entriesOf(stateDict))
    if (!isOfScript || entry.tensor?.kind !== 'other' || entry.tensor.kindLevel !== 'declared') yield entry
}

/**
 * The message of the exception, in torch's own words; null where nothing is raised. Names are as they are in the
 * file: a writer must escape them.
 */
export function loadError(result: LoadResult, strict: boolean): string | null {
  if (result.fatal !== null) return result.fatal
  const lines: string[] = []
  let next = 0
  const tellRefused = (before: number) => {
    for (
      let one = result.refused[next];
      one !== undefined && one.position <= before;
      one = result.refused[++next]
    )
      lines.push(refusedLine(one))
  }
  result.mismatched.forEach(({ name, checkpoint, model }, index) => {
    tellRefused(index)
    lines.push(
      `size mismatch for ${name}: copying a param with shape ${size(checkpoint)} from checkpoint, ` +
        `the shape in current model is ${size(model)}.`,
    )
  })
  tellRefused(result.mismatched.length)
  if (strict && result.unexpected.length > 0)
    lines.unshift(`Unexpected key(s) in state_dict: ${keys(result.unexpected)}. `)
  if (strict && result.missing.length > 0)
    lines.unshift(`Missing key(s) in state_dict: ${keys(result.missing)}. `)
  if (lines.length === 0) return null
  return `Error(s) in loading state_dict for ${result.model ?? 'Module'}:\n\t${lines.join('\n\t')}`
}

/** What torch says of a tensor that it does not copy; a line of its own where it names none. */
function refusedLine({ name, reason }: LoadResult['refused'][number]): string {
  return name === null ? reason : `While copying the parameter named "${name}", ${reason}`
}

function keys(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ')
}

/** torch goes through the modules, and each reports what it does not know, but for those that are quiet. */
function inTorchOrder(
  names: readonly string[],
  tree: ModuleTree,
  isQuiet: (module: string, name: string) => boolean,
): string[] {
  const perModule = new Map<number, string[]>()
  const quiet = new Map<number, boolean>()
  for (const name of names) {
    let module = 0
    for (let begin = 0; ; ) {
      const dot = name.indexOf('.', begin)
      const child = dot < 0 ? -1 : tree.childNamed(module, name.slice(begin, dot))
      if (child < 0) break
      module = child
      begin = dot + 1
    }
    let silent = quiet.get(module)
    if (silent === undefined) {
      silent = isQuiet(tree.path(module), name)
      quiet.set(module, silent)
    }
    if (silent) continue
    const own = perModule.get(module)
    if (own === undefined) perModule.set(module, [name])
    // Of a module that keeps none, it is asked for before all others.
    else if (leafName(name) === '_extra_state' && moduleOf(name) === tree.path(module)) own.unshift(name)
    else own.push(name)
  }
  return [...perModule].sort(([a], [b]) => a - b).flatMap(([, own]) => own)
}

/** The one class of the whole model, where the checkpoint says it. */
function classOf(model: Model): string | null {
  const { savedAs } = model
  if (isScript(model)) return 'RecursiveScriptModule'
  const root = inspectionOf(model).classes.at(0)
  if (root?.level === 'declared' && root.classes.length === 1) return root.classes[0] ?? null
  return savedAs?.isMapping === false ? (savedAs.class.split('.').at(-1) ?? null) : null
}
