import { SdinspectError } from '../errors.ts'
import type { Finding } from '../model/finding.ts'
import { subtreesOf } from '../model/modules/subtrees.ts'
import type { ModuleClass, StateDictReport } from '../model/report.ts'
import { type DType, dtypes } from '../model/tensors/dtype.ts'
import { Pairs } from '../model/tensors/hash.ts'
import { Arrangement } from './arrangement.ts'
import { ClassNames, declaredName, nameOfModule } from './class-names.ts'
import { fitLayer } from './fit-layer.ts'
import { layerClass } from './layers/index.ts'
import type { Entry } from './layers/layer.ts'
import { listCall } from './lists.ts'
import { isCertain, NoteTexts } from './notes.ts'
import { standsFor } from './packed-shape.ts'
import type { ClassDefinition, Line, Program } from './program.ts'
import { type Body, sharedClasses } from './shared-classes.ts'
import { folded, type Statement } from './statements.ts'
import { extraState, refuseUnwritable, type Stored, storedOf } from './stored.ts'
import { hole, joined, listed, marked, type Template } from './template.ts'
import { tieLines } from './ties.ts'

/** How a module is written where its parent makes it. */
export interface Expression {
  readonly template: Template
  /** How its modules are reached: `[3]` or by name. */
  readonly isList: boolean
  /** Lists in lists in it that are one expression. */
  readonly nesting: number
}

/**
 * What to write for a state dict: classes for the blocks that differ, layers of torch.nn where their entries are
 * exactly these, lists and loops for what repeats.
 *
 * @param findings - of the file that the state dict is in
 * @throws SdinspectError `unsupported/feature`, naming the key that no module can have, or where torch may load other tensors
 */
export function programOf(stateDict: StateDictReport, findings: readonly Finding[] = []): Program {
  refuseUnfollowed(findings)
  const stored = storedOf(stateDict)
  refuseUnwritable(stored)
  return new Plan(stored, new Arrangement(stored, stateDict.order)).program()
}

/** A module for what is shown would not take what torch loads. */
function refuseUnfollowed(findings: readonly Finding[]): void {
  const one = findings.find(({ rule }) => rule === 'torch/unfollowed')
  if (one === undefined) return
  throw new SdinspectError('unsupported/feature', `no module is written: ${one.message}`, {
    file: one.file,
  })
}

/** Lists inside lists that are one expression: Python's parser stops at 100 brackets, and people sooner. */
const deepestList = 3
/** Indices without entries that are taken for layers without any. */
const mostGaps = 64

class Plan {
  readonly #stored: Stored
  readonly #arrangement: Arrangement
  readonly #notes = new NoteTexts()
  readonly #names = new ClassNames()
  readonly #untold = new Map<string, string>()
  readonly #classes: ClassDefinition[] = []
  readonly #allFrozen: boolean
  /** By module: the number of what is under it. */
  readonly #blocks: Uint32Array
  /** By number of block: how it is written. */
  readonly #expressions: Expression[] = []
  /** What the class of the model is called. */
  readonly #root: string
  readonly #labels: readonly (ModuleClass | undefined)[]

  constructor(stored: Stored, arrangement: Arrangement) {
    this.#stored = stored
    this.#arrangement = arrangement
    this.#labels = labelsOf(stored)
    this.#allFrozen = isAllFrozen(stored)
    this.#blocks = this.#numberBlocks()
    this.#root = this.#nameRoot()
  }

  program(): Program {
    const { inspection, tree } = this.#stored
    for (const level of this.#levels()) this.#write(level)
    const recorded = new Map<string, string>()
    for (const dtype of typesOf(this.#stored)) recorded.set(dtype, `torch.${dtypes[dtype].torch}`)
    return {
      classes: this.#classes,
      notes: this.#notes.texts,
      untold: this.#untold,
      inOrder: this.#arrangement.inOrder,
      entries: tree.owners.length,
      untyped: inspection.table.columns.dtypes.includes(255),
      unknownTrainable:
        inspection.firstWhere(({ trainable }) => trainable.answer === 'unknown') !== undefined,
      extraStates: this.#extraStates(),
      dtypes: recorded,
    }
  }

  /** What modules say besides tensors, each once. */
  #extraStates(): string[] {
    const { inspection, rows, values, tree } = this.#stored
    const found = new Set([...values.values()].map(({ description }) => description))
    const leaf = tree.segments.idOf(extraState)
    if (leaf >= 0)
      rows.forEach((row, entry) => {
        if (row >= 0 && tree.leaves[entry] === leaf && found.size < mostDescriptions)
          found.add(`tensor ${inspection.table.dtype(row)} [${inspection.table.shape(row).join(', ')}]`)
      })
    return [...found]
  }

  /** Every block once, by how far it is from the leaves: what a block is made of comes in an earlier level. */
  #levels(): number[][] {
    const { tree } = this.#stored
    const heights = new Uint32Array(tree.size)
    const levels: number[][] = []
    const seen = new Set<number>()
    for (let module = tree.size - 1; module >= 0; module--) {
      const height = heights[module] as number
      const parent = tree.parents[module] as number
      if (module !== 0) heights[parent] = Math.max(heights[parent] as number, height + 1)
    }
    for (let module = 0; module < tree.size; module++) {
      const block = this.#blocks[module] as number
      if (seen.has(block)) continue
      seen.add(block)
      const height = heights[module] as number
      while (levels.length <= height) levels.push([])
      ;(levels[height] as number[]).push(module)
    }
    return levels
  }

  /** @param level one module of each block */
  #write(level: readonly number[]): void {
    const bodies = new Map<string, Body[]>()
    for (const module of level) {
      const expression = module === 0 ? null : (this.#layer(module) ?? this.#list(module))
      if (expression !== null) {
        this.#expressions[this.#blocks[module] as number] = expression
        continue
      }
      const body = this.#body(module)
      const known = bodies.get(body.key)
      if (known === undefined) bodies.set(body.key, [body])
      else known.push(body)
    }
    for (const alike of bodies.values()) {
      const name = (body: Body): string =>
        body.module === 0 ? this.#root : this.#names.take(this.#classNameOf(body.module))
      for (const { definition, calls } of sharedClasses(alike, name, (text) => this.#names.has(text))) {
        this.#classes.push(definition)
        for (const [body, template] of calls)
          this.#expressions[this.#blocks[body.module] as number] = {
            template,
            isList: false,
            nesting: 0,
          }
      }
    }
  }

  #nameRoot(): string {
    const label = this.#labels[0]
    const declared =
      label !== undefined && isCertain(label.level) ? declaredName(label.classes[0] ?? '') : null
    return this.#names.take(declared ?? 'Model')
  }

  /** What the class of a module is called: as the file or the recognition has it, else after the module. */
  #classNameOf(module: number): string {
    const { tree } = this.#stored
    const label = this.#labels[module]
    const known = label === undefined ? null : declaredName(label.classes[0] ?? '')
    if (known !== null) return known
    const name = nameOfModule(tree.nameOf(module), tree.nameOf(tree.parents[module] as number))
    return name === this.#root ? `Inner${name}` : name
  }

  /** A layer of torch.nn that has exactly the entries of a module. */
  #layer(module: number): Expression | null {
    const label = this.#labels[module]
    const [name] = label?.classes ?? []
    if (label === undefined || name === undefined || layerClass(name) === undefined) return null
    const under = this.#arrangement.entriesUnder(module)
    if (under.length > mostLayerEntries) return null
    const entries = under.map((entry) => this.#entry(entry, module))
    const inOrder = this.#arrangement.inOrder === true
    const call = fitLayer(name, inOrder ? [...entries].sort((a, b) => a.entry - b.entry) : entries, inOrder)
    if (call === null) return null
    const frozen = new Set(entries.filter(({ kind }) => kind === 'parameter').map(({ isFrozen }) => isFrozen))
    if (frozen.size > 1) return null
    const untold = layerClass(name)?.untold ?? ''
    if (untold !== '') this.#untold.set(name, untold)
    const notes = new Set<number>()
    for (const { entry } of entries) this.#noteKind(entry, notes, label)
    return {
      template: marked(frozen.has(true) ? joined([call, '.requires_grad_(False)']) : call, notes),
      isList: false,
      nesting: 0,
    }
  }

  #entry(entry: number, within: number): Entry & { readonly entry: number; readonly isFrozen: boolean } {
    const { inspection, rows, tree } = this.#stored
    const row = rows[entry] as number
    const names = [tree.leafOf(entry)]
    for (let at = tree.owners[entry] as number; at !== within; at = tree.parents[at] as number)
      names.push(tree.nameOf(at))
    const name = names.reverse().join('.')
    if (this.#arrangement.registration(entry) === 'extra state')
      return { entry, name, dtype: null, shape: [], kind: 'other', isFrozen: false }
    const { table } = inspection
    const { kind } = inspection.verdict(row)
    return {
      entry,
      name,
      dtype: table.dtype(row),
      shape: table.shape(row),
      kind: kind.answer,
      isFrozen: this.#isFrozen(row),
    }
  }

  /** Whether a line has to say that a parameter is frozen. */
  #isFrozen(row: number): boolean {
    return !this.#allFrozen && isFrozen(this.#stored, row)
  }

  /** Modules under numbers, in one list; gaps are layers without entries. */
  #list(module: number): Expression | null {
    const { tree } = this.#stored
    const label = this.#labels[module]?.classes[0]
    if (label !== undefined && label !== 'ModuleList' && label !== 'Sequential') return null
    if (tree.ownCount(module) > 0) return null
    const children = this.#arrangement.children(module)
    const indices = children.map((child) => indexOf(tree.nameOf(child)))
    if (indices.some((index, i) => index === null || (i > 0 && index <= (indices[i - 1] ?? -1)))) return null
    const last = indices.at(-1) ?? -1
    const gaps = last + 1 - children.length
    if (children.length === 0 || gaps > Math.min(mostGaps, 2 * children.length + 2)) return null
    const notes = new Set<number>()
    const items: Template[] = []
    let nesting = 0
    children.forEach((child, i) => {
      const expression = this.#expressions[this.#blocks[child] as number] as Expression
      while (items.length < (indices[i] as number)) items.push(joined(['nn.Identity()']))
      items.push(expression.template)
      nesting = Math.max(nesting, expression.nesting)
    })
    if (nesting >= deepestList) return null
    const isSequence = label === 'Sequential' || (label === undefined && gaps > 0)
    if (gaps > 0)
      notes.add(
        this.#notes.id('nn.Identity stands for layers without entries: which ones, the file does not say'),
      )
    const template = listCall(isSequence ? 'Sequential' : 'ModuleList', items)
    return { template: marked(template, notes), isList: true, nesting: nesting + 1 }
  }

  #body(module: number): Body {
    const { tree } = this.#stored
    const own = this.#arrangement.own(module)
    const statements: Statement[] = []
    let hasExtraState = false
    for (const entry of own) {
      if (this.#arrangement.registration(entry) === 'extra state') hasExtraState = true
      else statements.push(this.#tensor(entry))
    }
    for (const child of this.#arrangement.children(module)) {
      const { template } = this.#expressions[this.#blocks[child] as number] as Expression
      statements.push({ what: 'module', name: tree.nameOf(child), value: template })
    }
    const lines: Line[] = folded(statements)
    if (module === 0) {
      lines.push(...tieLines(this.#stored, (at) => this.#isListAt(at)))
      if (this.#allFrozen) lines.push({ template: joined(['self.requires_grad_(False)']) })
    }
    const label = module === 0 ? '' : (this.#labels[module]?.classes[0] ?? '')
    const key = [
      label,
      hasExtraState,
      ...lines.map(({ template, remark }) => `${template.key}\u0001${remark ?? ''}`),
    ]
    return { key: key.join('\n'), module, lines, hasExtraState }
  }

  #isListAt(module: number): boolean {
    return this.#expressions[this.#blocks[module] as number]?.isList === true
  }

  #tensor(entry: number): Statement {
    const { inspection, rows, tree } = this.#stored
    const { table } = inspection
    const row = rows[entry] as number
    const name = tree.leafOf(entry)
    const dtype = table.dtype(row)
    const shape = table.shape(row)
    const what = this.#arrangement.registration(entry) === 'parameter' ? 'parameter' : 'buffer'
    const typed = dtype === null || dtype === 'F32' ? [] : [`dtype=torch.${dtypes[dtype].torch}`]
    const sizes = shape.map((length, i) => hole(length, sizeRole(i, shape.length)))
    const empty = joined(['torch.empty', listed([...(sizes.length === 0 ? ['()'] : sizes), ...typed])])
    const isFixed = what === 'parameter' && (this.#isFrozen(row) || !requiresGrad(dtype))
    const notes = new Set<number>()
    this.#noteKind(entry, notes)
    const quantised = inspection.quantisations.at(row)
    const isSaid = (scheme: string): boolean =>
      [...notes].some((note) => this.#notes.texts[note]?.includes(scheme))
    const stands = quantised === undefined ? null : standsFor(quantised, shape)
    const remark = [
      ...(quantised === undefined || isSaid(quantised.scheme) ? [] : [quantised.scheme]),
      ...(stands === null ? [] : [stands]),
    ]
    const value =
      what === 'buffer' ? empty : joined(['nn.Parameter(', empty, isFixed ? ', requires_grad=False)' : ')'])
    return {
      what,
      name,
      value: marked(value, notes),
      ...(remark.length === 0 ? {} : { remark: remark.join(', ') }),
    }
  }

  /** What is not certain of an entry, and of the layer it is of. */
  #noteKind(entry: number, notes: Set<number>, label?: ModuleClass): void {
    const row = this.#stored.rows[entry] as number
    if (row < 0) return
    const { kind, trainable } = this.#stored.inspection.verdict(row)
    const hedge = label !== undefined && label.classes.length > 1 ? `, ${label.classes.join(' or ')}` : ''
    if (!isCertain(kind.level)) notes.add(this.#notes.id(`${kind.level}${hedge}: ${kind.reason}`))
    else if (label !== undefined && !isCertain(label.level))
      notes.add(this.#notes.id(`${label.level} as ${label.classes.join(' or ')} by its shapes`))
    if (kind.answer === 'parameter' && trainable.answer === 'no' && !isCertain(trainable.level))
      notes.add(this.#notes.id(`frozen, ${trainable.level}: ${trainable.reason}`))
  }

  #numberBlocks(): Uint32Array {
    const { inspection, rows, tree } = this.#stored
    const { table, verdicts, pool, quantisations } = inspection
    const kinds = pool.map(
      ({ kind }, i) =>
        (kind.answer === 'parameter' ? 0 : kind.answer === 'buffer' ? 2 : 4) + (frozen(pool[i]) ? 1 : 0),
    )
    const { types } = table
    const pairs = new Pairs()
    const contents = new Uint32Array(rows.length)
    for (let entry = 0; entry < rows.length; entry++) {
      const row = rows[entry] as number
      if (this.#arrangement.registration(entry) === 'extra state') contents[entry] = aValue
      else
        contents[entry] = pairs.id(
          types[row] as number,
          (quantisations.idAt(row) + 1) * 6 + (kinds[verdicts[row] as number] as number),
        )
    }
    const numbers = new Map<ModuleClass, number>()
    const labels = Uint32Array.from({ length: tree.size }, (_, module) => {
      const label = this.#labels[module]
      if (label === undefined) return 0
      const known = numbers.get(label) ?? numbers.size + 1
      numbers.set(label, known)
      return known
    })
    return subtreesOf(tree, contents, this.#arrangement.inOrder !== true, labels).ids
  }
}

/** Descriptions of extra states that are looked for among tensors. */
const mostDescriptions = 10
/** In place of what a tensor is. */
const aValue = 0xffff_fffe
/** Entries of the largest layer that is looked at: an LSTM of 100 layers has 800. */
const mostLayerEntries = 1_000

type Pooled = Stored['inspection']['pool'][number]

function frozen(verdict: Pooled | undefined): boolean {
  return verdict?.kind.answer === 'parameter' && verdict.trainable.answer === 'no'
}

function isFrozen({ inspection }: Stored, row: number): boolean {
  return frozen(inspection.verdict(row))
}

/** Whether every parameter that could train does not. */
function isAllFrozen(stored: Stored): boolean {
  const { inspection, rows } = stored
  let found = false
  for (const row of rows) {
    if (row < 0 || inspection.verdict(row).kind.answer !== 'parameter') continue
    if (!requiresGrad(inspection.table.dtype(row))) continue
    if (!isFrozen(stored, row)) return false
    found = true
  }
  return found
}

function requiresGrad(dtype: DType | null): boolean {
  return dtype === null || dtypes[dtype].requiresGrad
}

function typesOf({ inspection }: Stored): Set<DType> {
  const found = new Set<DType>()
  for (let row = 0; row < inspection.length; row++) {
    const dtype = inspection.table.dtype(row)
    if (dtype !== null) found.add(dtype)
  }
  return found
}

/** The classes of modules, by module of the tree of all entries. */
function labelsOf({ inspection, tree }: Stored): (ModuleClass | undefined)[] {
  const labels: (ModuleClass | undefined)[] = new Array(tree.size).fill(undefined)
  const { classes, tree: own } = inspection
  for (let module = 0; module < own.size; module++) {
    const label = classes.at(module)
    if (label === undefined) continue
    const at = own === tree ? module : tree.at(own.path(module))?.index
    if (at !== undefined) labels[at] = label
  }
  return labels
}

/** The number that a name is, written as Python writes it. */
function indexOf(name: string): number | null {
  return /^(?:0|[1-9][0-9]{0,6})$/.test(name) ? Number(name) : null
}

function sizeRole(dimension: number, rank: number): string {
  if (rank === 1) return 'size'
  if (rank === 2) return dimension === 0 ? 'rows' : 'columns'
  return `dim${dimension}`
}
