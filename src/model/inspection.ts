import { type ModuleTree, moduleTree } from './modules/tree.ts'
import type { ModuleClass, ModuleReport, Quantisation, StateDictReport, TensorReport } from './report.ts'
import { Labels } from './tensors/labels.ts'
import { type Representation, type RepresentationReport, reported } from './tensors/representation.ts'
import { type Row, type TensorTable, tableOf } from './tensors/tensor-table.ts'
import type { Level, Verdict } from './verdict.ts'

/** What is known of every tensor and module of a state dict, in columns. */
export interface Findings {
  readonly table: TensorTable<Row>
  /** Made when it is asked for where it is not there. */
  readonly tree: ModuleTree | null
  /** By tensor: the number of its verdict. */
  readonly verdicts: Uint32Array
  /** By number. */
  readonly pool: readonly Verdict[]
  readonly quantisations: Labels<Quantisation>
  /** By module of the tree, or how to make them; null where the modules of the report say it. */
  readonly classes: Labels<ModuleClass> | (() => Labels<ModuleClass>) | null
  /** By row: the name of the tensor that a loader takes in its place. Absent: none. */
  readonly countedAs?: ReadonlyMap<number, string>
}

/**
 * A state dict with the answers about it: one table, one tree, and numbers for verdicts. The objects of the
 * report are made of it, one at a time, when they are asked for.
 */
export class Inspection {
  readonly table: TensorTable<Row>
  readonly verdicts: Uint32Array
  readonly pool: readonly Verdict[]
  readonly quantisations: Labels<Quantisation>
  /** Rows whose values are in the file, and that a loader gives those of another of the tensors: its name. */
  readonly countedAs: ReadonlyMap<number, string>
  #classes: Labels<ModuleClass> | (() => Labels<ModuleClass>) | readonly ModuleReport[]
  #tree: ModuleTree | null
  #uncounted: ReadonlySet<number> | null = null

  /** @param modules of the report, where `findings` has no classes by module */
  constructor(findings: Findings, modules: readonly ModuleReport[] = []) {
    this.table = findings.table
    this.verdicts = findings.verdicts
    this.pool = findings.pool
    this.quantisations = findings.quantisations
    this.countedAs = this.#whereThere(findings.countedAs ?? new Map())
    this.#tree = findings.tree
    this.#classes = findings.classes ?? modules
  }

  get length(): number {
    return this.table.length
  }

  get tree(): ModuleTree {
    this.#tree ??= moduleTree(this.table.columns.names)
    return this.#tree
  }

  /** By module of the tree. */
  get classes(): Labels<ModuleClass> {
    if (!(this.#classes instanceof Labels))
      this.#classes =
        typeof this.#classes === 'function' ? this.#classes() : labelled(this.tree, this.#classes)
    return this.#classes
  }

  /** Whether a segment of any name is such. Segments are few where names are many. */
  hasSegment(holds: (segment: string) => boolean): boolean {
    return this.tree.segments.texts.some(holds)
  }

  verdict(index: number): Verdict {
    return this.pool[this.verdicts[index] as number] as Verdict
  }

  /** The first tensor whose verdict is such; undefined where none is. */
  firstWhere(holds: (verdict: Verdict) => boolean): number | undefined {
    const fits = this.pool.map(holds)
    const index = fits.includes(true) ? this.verdicts.findIndex((verdict) => fits[verdict] === true) : -1
    return index < 0 ? undefined : index
  }

  /** Rows that are another name of a tensor that is counted: those of one that was left out are counted once. */
  get uncounted(): ReadonlySet<number> {
    this.#uncounted ??= this.#findUncounted()
    return this.#uncounted
  }

  /** Whether the elements of a row count: they are not those of a tensor that counts already, in memory or once loaded. */
  isCounted(index: number): boolean {
    return !this.uncounted.has(index) && !this.countedAs.has(index)
  }

  /** Of one whose other was left out, the elements count. */
  #whereThere(countedAs: ReadonlyMap<number, string>): ReadonlyMap<number, string> {
    if (countedAs.size === 0) return countedAs
    const there = this.#namesAmong(new Set(countedAs.values()))
    return new Map([...countedAs].filter(([, name]) => there.has(name)))
  }

  #namesAmong(wanted: ReadonlySet<string>): Set<string> {
    const there = new Set<string>()
    if (wanted.size === 0) return there
    for (let index = 0; index < this.length; index++) {
      const name = this.table.name(index)
      if (wanted.has(name)) there.add(name)
    }
    return there
  }

  #findUncounted(): ReadonlySet<number> {
    const { ties } = this.table.columns
    const uncounted = new Set<number>()
    const counted = this.#namesAmong(new Set(ties.values()))
    for (const [index, first] of [...ties].sort(([a], [b]) => a - b)) {
      if (counted.has(first)) uncounted.add(index)
      else counted.add(first)
    }
    return uncounted
  }

  /** How a tensor is kept, as the report has it; undefined for one dense run. */
  representation(index: number): RepresentationReport | undefined {
    const representation = this.table.columns.representations?.get(index)
    return representation === undefined ? undefined : reported(representation as Representation)
  }

  /** The tensor as the report has it. */
  tensor(index: number): TensorReport {
    const { table } = this
    const { kind, trainable } = this.verdict(index)
    const quantised = this.quantisations.at(index)
    const representation = this.representation(index)
    const countedAs = this.countedAs.get(index)
    return {
      name: table.name(index),
      dtype: table.dtype(index),
      shape: table.shape(index),
      elements: table.elements(index),
      bytes: table.bytes(index),
      kind: kind.answer,
      kindLevel: kind.level,
      kindReason: kind.reason,
      ...(kind.probability === undefined ? {} : { kindProbability: kind.probability }),
      ...(kind.withoutValues === undefined ? {} : { kindWithoutValues: kind.withoutValues }),
      trainable: trainable.answer,
      trainableLevel: trainable.level,
      trainableReason: trainable.reason,
      tiedTo: table.tie(index),
      ...(countedAs === undefined ? {} : { countedAs }),
      ...(quantised === undefined ? {} : { quantised }),
      ...(representation === undefined ? {} : { representation }),
    }
  }

  *tensors(): Generator<TensorReport> {
    for (let index = 0; index < this.length; index++) yield this.tensor(index)
  }

  /** The modules whose class is known. */
  *modules(): Generator<ModuleReport> {
    const { classes } = this
    if (classes.isEmpty) return
    for (let module = 0; module < this.tree.size; module++) {
      const known = classes.at(module)
      if (known !== undefined) yield { path: this.tree.path(module), ...known }
    }
  }

  /** These tensors alone, in this order, and the modules that own one of them. */
  pick(rows: Uint32Array): Inspection {
    const picked: Inspection = new Inspection({
      table: this.table.pick(rows),
      tree: null,
      verdicts: rows.map((row) => this.verdicts[row] as number),
      pool: this.pool,
      quantisations: this.quantisations.pick(rows),
      classes: () => this.#classesOf(picked.tree, rows),
      countedAs: this.#countedAmong(rows),
    })
    return picked
  }

  #countedAmong(rows: Uint32Array): ReadonlyMap<number, string> {
    const found = new Map<number, string>()
    if (this.countedAs.size === 0) return found
    rows.forEach((row, index) => {
      const name = this.countedAs.get(row)
      if (name !== undefined) found.set(index, name)
    })
    return found
  }

  /** The classes of the modules of a tree of some of the tensors, where these own one of them. */
  #classesOf(tree: ModuleTree, rows: Uint32Array): Labels<ModuleClass> {
    const owners = new Int32Array(tree.size).fill(-1)
    rows.forEach((row, index) => {
      owners[tree.owners[index] as number] = this.tree.owners[row] as number
    })
    const classes = new Labels<ModuleClass>(tree.size)
    for (let module = 0; module < tree.size; module++) {
      const known = this.classes.at(owners[module] as number)
      if (known !== undefined) classes.set(module, known)
    }
    return classes
  }
}

function labelled(tree: ModuleTree, modules: readonly ModuleReport[]): Labels<ModuleClass> {
  const labels = new Labels<ModuleClass>(tree.size)
  for (const { path, classes, detail, level } of modules) {
    const module = tree.at(path)
    if (module !== undefined) labels.set(module.index, { classes, detail, level })
  }
  return labels
}

const inspections = new WeakMap<object, Inspection>()

/** A report that makes its tensors and modules when they are asked for, once. */
export function reportOfInspection(
  inspection: Inspection,
  head: Omit<StateDictReport, 'modules' | 'tensors' | 'values'>,
  values?: StateDictReport['values'],
): StateDictReport {
  const report = { ...head } as StateDictReport
  makeLater(report, inspection)
  if (values !== undefined) Object.assign(report, { values })
  return report
}

/** Nothing of a report but its tensors and modules, made when they are asked for. */
export function entriesOfInspection(inspection: Inspection): Pick<StateDictReport, 'modules' | 'tensors'> {
  const entries = {} as Pick<StateDictReport, 'modules' | 'tensors'>
  makeLater(entries, inspection)
  return entries
}

function makeLater(entries: Pick<StateDictReport, 'modules' | 'tensors'>, inspection: Inspection): void {
  lazy(entries, 'modules', () => [...inspection.modules()])
  lazy(entries, 'tensors', () => [...inspection.tensors()])
  inspections.set(entries, inspection)
}

/**
 * The report with other fields, its tensors and modules still made when they are asked for.
 *
 * @param inspection what they are made of, where that is another
 */
export function withFields(
  report: StateDictReport,
  fields: Partial<Omit<StateDictReport, 'modules' | 'tensors'>>,
  inspection: Inspection = inspectionOf(report),
): StateDictReport {
  const { modules: _modules, tensors: _tensors, ...own } = Object.getOwnPropertyDescriptors(report)
  const { path, role, order, prefixes, notes, totals, ...rest } = Object.defineProperties({}, own) as Omit<
    StateDictReport,
    'modules' | 'tensors'
  >
  const made = reportOfInspection(inspection, { path, role, order, prefixes, notes, totals })
  return Object.assign(made, rest, fields)
}

function lazy<K extends 'modules' | 'tensors'>(
  report: Pick<StateDictReport, 'modules' | 'tensors'>,
  field: K,
  make: () => StateDictReport[K],
): void {
  let made: StateDictReport[K] | undefined
  Object.defineProperty(report, field, {
    enumerable: true,
    configurable: true,
    get() {
      made ??= make()
      return made
    },
  })
}

/** What a report is made of: the columns behind it, or columns made of its objects, once. */
export function inspectionOf(
  report: Pick<StateDictReport, 'tensors'> & Partial<Pick<StateDictReport, 'modules'>>,
): Inspection {
  let inspection = inspections.get(report)
  if (inspection === undefined) {
    inspection = inspectionOfTensors(report.tensors, report.modules)
    inspections.set(report, inspection)
  }
  return inspection
}

/** Columns made of the objects of a report. */
function inspectionOfTensors(
  tensors: readonly TensorReport[],
  modules: readonly ModuleReport[] = [],
): Inspection {
  const pool: Verdict[] = []
  const numbers = new Map<string, number>()
  const quantisations = new Labels<Quantisation>(tensors.length)
  const countedAs = new Map<number, string>()
  const verdicts = Uint32Array.from(tensors, (tensor, index) => {
    if (tensor.countedAs !== undefined) countedAs.set(index, tensor.countedAs)
    if (tensor.quantised !== undefined) quantisations.set(index, tensor.quantised)
    const { kind, kindLevel, kindReason, kindProbability, kindWithoutValues } = tensor
    const { trainable, trainableLevel, trainableReason } = tensor
    const key = JSON.stringify([
      kind,
      kindLevel,
      kindReason,
      kindProbability,
      kindWithoutValues,
      trainable,
      trainableLevel,
      trainableReason,
    ])
    let number = numbers.get(key)
    if (number === undefined) {
      const source = ''
      number =
        pool.push({
          kind: {
            answer: kind,
            level: kindLevel as Level,
            reason: kindReason,
            source,
            ...(kindProbability === undefined ? {} : { probability: kindProbability }),
            ...(kindWithoutValues === undefined ? {} : { withoutValues: kindWithoutValues }),
          },
          trainable: { answer: trainable, level: trainableLevel, reason: trainableReason, source },
        }) - 1
      numbers.set(key, number)
    }
    return number
  })
  const table = tableOf<Row>(tensors)
  return new Inspection(
    { table, tree: null, verdicts, pool, quantisations, classes: null, countedAs },
    modules,
  )
}
