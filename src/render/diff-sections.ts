import type {
  Difference,
  Fusion,
  LoneTensor,
  Rename,
  TensorChange,
  ValueChange,
} from '../compare/difference.ts'
import { foldNames } from '../compare/fold-names.ts'
import { adapterSections } from './adapter-sections.ts'
import { conversionTexts } from './original-text.ts'
import { shapeText } from './shape-text.ts'
import { count, plural } from './text.ts'

/** Text of the file, to be escaped by whoever writes it; or our own words. */
export type DiffSpan = { readonly name: string } | { readonly said: string }

/** A line of a difference: what it is about, what became of it, how often, and why that is so. */
export interface DiffRow {
  /** `+` only in b, `-` only in a, `~` changed. */
  readonly mark: '+' | '-' | '~'
  readonly subject: readonly DiffSpan[]
  readonly change: string
  /** Tensors the line stands for. */
  readonly times: number
  readonly note: string
}

export interface DiffSection {
  readonly title: string
  readonly rows: readonly DiffRow[]
}

export interface SectionOptions {
  /** A line for every tensor. */
  readonly noFold?: boolean
}

/** What a difference has to tell, in the order people ask for it. Sections without rows are left out. */
export function diffSections(difference: Difference, options: SectionOptions = {}): DiffSection[] {
  const { changes, onlyA, onlyB, adapter } = difference
  if (adapter !== undefined) return adapterSections(adapter, options)
  const fold = <T extends { readonly name: string }>(items: readonly T[], keyOf: (item: T) => string) =>
    options.noFold
      ? items.map((item) => ({ label: item.name, items: [item] as readonly T[] }))
      : foldNames(items, ({ name }) => name, keyOf)
  const changed = (title: string, partOf: (change: TensorChange) => Part | undefined): DiffSection => {
    const parts = changes.flatMap((change) => {
      const part = partOf(change)
      return part === undefined ? [] : [{ name: change.a, other: change.b, ...part }]
    })
    const rows = fold(parts, ({ change, note }) => `${change} ${note}`).map(({ label, items }): DiffRow => {
      const [first] = items
      return {
        mark: '~',
        subject: [{ name: label }],
        change: first?.change ?? '',
        times: items.length,
        note: first?.note ?? '',
      }
    })
    return { title, rows }
  }
  const alone = (title: string, mark: '+' | '-', tensors: readonly LoneTensor[]): DiffSection => {
    const rows = fold(tensors, loneKey).map(({ label, items }) => loneRow(mark, label, items))
    if (options.noFold || rows.length <= mostLoneRows) return { title, rows }
    return { title, rows: loneModules(mark, tensors) }
  }
  const sections: DiffSection[] = [
    { title: 'Renamed', rows: difference.renames.filter(({ from, to }) => from !== to).map(renameRow) },
    {
      title: 'Rows in another order: a rename is not enough',
      rows: fold(
        (difference.reordered ?? []).map(({ a, b }) => ({ name: a, other: b })),
        () => '',
      ).map(({ label, items }) => ({
        mark: '~',
        subject: [{ name: label }],
        change: '',
        times: items.length,
        note: 'rotary embeddings turn neighbouring rows on one side, the halves of a head on the other: permute them, as convert_llama_weights_to_hf.py of transformers does',
      })),
    },
    {
      title: 'Other values: a converter did more than rename',
      rows: fold(
        (difference.converted ?? []).map(({ a, how }) => ({ name: a, how })),
        ({ how }) => how,
      ).map(({ label, items }) => ({
        mark: '~',
        subject: [{ name: label }],
        change: '',
        times: items.length,
        note: conversionTexts[items[0]?.how ?? 'one-added'],
      })),
    },
    { title: 'Block count', rows: difference.blocks.map(blockRow) },
    fusionSection(difference, options),
    changed(
      'Shape',
      ({ shape }) =>
        shape && { change: `${shapeText(shape.a)} → ${shapeText(shape.b)}`, note: shapeNotes[shape.how] },
    ),
    {
      title: 'Transposed or not: shapes cannot tell',
      rows: fold(
        difference.maybeTransposed.map((name) => ({ name })),
        () => '',
      ).map(({ label, items }) => ({
        mark: '~',
        subject: [{ name: label }],
        change: '',
        times: items.length,
        note: 'square, beside transposed ones',
      })),
    },
    dtypeSection(difference, changed),
    changed(
      'Kind',
      ({ kind }) =>
        kind && { change: `${kind.a} → ${kind.b}`, note: kind.sure ? '' : 'one of the two is assumed' },
    ),
    changed(
      'Trainable',
      ({ trainable }) =>
        trainable && {
          change: `${trainable.a} → ${trainable.b}`,
          note: trainable.sure ? '' : 'one of the two is assumed',
        },
    ),
    changed('Tied', ({ tiedTo }) => tiedTo && { change: tieText(tiedTo.a, tiedTo.b), note: '' }),
    changed(
      'Quantised',
      ({ quantised }) =>
        quantised && { change: `${quantised.a ?? 'plain'} → ${quantised.b ?? 'plain'}`, note: '' },
    ),
    changed(
      'Kept as',
      ({ representation }) =>
        representation && { change: `${representation.a} → ${representation.b}`, note: '' },
    ),
    alone('Only in a', '-', onlyA),
    alone('Only in b', '+', onlyB),
    {
      title: 'Entries that are no tensors',
      rows: fold(difference.values, ({ a, b }) => `${a} ${b}`).map(valueRow),
    },
    { title: 'Metadata', rows: difference.metadata.map(metadataRow) },
  ]
  return sections.filter(({ rows }) => rows.length > 0)
}

/** What was compared of every tensor. */
export function comparedText({ typesNotRecorded }: Difference): string {
  return typesNotRecorded.length === 0 ? 'names, shapes and types' : 'names and shapes'
}

/** Where types could not be compared; null where all were. */
export function unrecordedText({ typesNotRecorded }: Difference): string | null {
  if (typesNotRecorded.length === 0) return null
  return `types not recorded in ${typesNotRecorded.join(' and ')}: they were not compared`
}

/** With more, whole modules are told in place of their tensors: 700 missing keys are a few lines. */
const mostLoneRows = 12

function loneKey(tensor: LoneTensor): string {
  return `${loneText(tensor)} ${loneNote(tensor)}`
}

function loneRow(mark: '+' | '-', label: string, tensors: readonly LoneTensor[]): DiffRow {
  const [first] = tensors
  const [change, note] = first === undefined ? ['', ''] : [loneText(first), loneNote(first)]
  return { mark, subject: [{ name: label }], change, times: tensors.length, note }
}

/** A line for each module that the other side has nothing of, and for each tensor beside those. */
function loneModules(mark: '+' | '-', tensors: readonly LoneTensor[]): DiffRow[] {
  const modules = new Map<string, { readonly path: string; readonly tensors: LoneTensor[] }>()
  const items: { readonly name: string; readonly tensors: readonly LoneTensor[] }[] = []
  for (const tensor of tensors) {
    const known = tensor.module === null ? undefined : modules.get(tensor.module)
    if (known !== undefined) known.tensors.push(tensor)
    else {
      const group = { path: tensor.module ?? '', tensors: [tensor] }
      if (tensor.module !== null) modules.set(tensor.module, group)
      items.push({ name: tensor.module ?? tensor.name, tensors: group.tensors })
    }
  }
  const folds = foldNames(
    items,
    ({ name }) => name,
    (item) =>
      item.tensors.length === 1 ? loneKey(item.tensors[0] as LoneTensor) : contentText(item.tensors),
  )
  return folds.map(({ label, items: same }) => {
    const all = same.flatMap((item) => item.tensors)
    const [first] = same
    if (first === undefined || first.tensors.length > 1) {
      const note = all.every(({ inExtraBlock }) => inExtraBlock) ? 'of the blocks above' : ''
      return { mark, subject: [{ name: `${label}.**` }], change: contentText(all), times: 1, note }
    }
    const name = first.tensors[0]?.name ?? ''
    const leaf = first.name === name ? '' : name.slice(first.name.length)
    return loneRow(mark, label + leaf, all)
  })
}

/** `62 tensors, 35,000 parameters, 64 in buffers`. */
function contentText(tensors: readonly LoneTensor[]): string {
  let parameters = 0
  let buffers = 0
  for (const { kind, elements } of tensors) {
    if (kind === 'parameter') parameters += elements
    else if (kind === 'buffer') buffers += elements
  }
  const parts = [plural(tensors.length, 'tensor')]
  if (parameters > 0) parts.push(plural(parameters, 'parameter'))
  if (buffers > 0) parts.push(`${count(buffers)} in buffers`)
  return parts.join(', ')
}

interface Part {
  readonly change: string
  readonly note: string
}

const shapeNotes = {
  transposed: 'transposed, as between Linear and Conv1D',
  permuted: 'dimensions in another order',
  reshaped: 'the same number of elements',
  resized: 'resized',
  other: '',
} as const

const foundBy: Record<Rename['by'], string> = {
  published: 'published: llama.cpp writes it so',
  prefix: '',
  structure: 'the only ones of these shapes',
  name: 'several have these shapes: by the names',
  order: 'several have these shapes: by their order, a guess',
}

function renameRow({ from, to, tensors, by, wrapper }: Rename): DiffRow {
  return {
    mark: '~',
    subject: [{ name: from }, { said: ' → ' }, { name: to }],
    change: '',
    times: tensors,
    note: wrapper ?? foundBy[by],
  }
}

function blockRow({ path, a, b, onlyA, onlyB }: Difference['blocks'][number]): DiffRow {
  const [mark, numbers] = onlyA.length > 0 ? (['-', onlyA] as const) : (['+', onlyB] as const)
  const first = numbers[0] ?? 0
  const last = numbers.at(-1) ?? 0
  const isRun = last - first === numbers.length - 1
  const shown = isRun
    ? numbers.length === 1
      ? String(first)
      : `${first} to ${last}`
    : numbers.slice(0, 12).join(', ') + (numbers.length > 12 ? ', …' : '')
  return {
    mark,
    subject: [{ name: path }],
    change: `${count(a)} → ${count(b)} blocks`,
    times: 1,
    note: `${mark === '-' ? 'only a' : 'only b'} has ${shown}`,
  }
}

function fusionSection({ fusions }: Difference, options: SectionOptions): DiffSection {
  const items = fusions.map((fusion) => ({ name: fusion.whole, fusion }))
  const nameParts = ({ fusion }: (typeof items)[number]) => withoutCommonStart(fusion.parts)
  const folded = options.noFold
    ? items.map((item) => ({ label: item.name, items: [item] }))
    : foldNames(
        items,
        ({ name }) => name,
        (item) =>
          `${item.fusion.fused} ${item.fusion.dimension} ${item.fusion.partShapes.map(shapeText)} ${nameParts(item).join(' ')}`,
      )
  return {
    title: 'Fused or split',
    rows: folded.flatMap(({ label, items: members }): DiffRow[] => {
      const [first] = members
      if (first === undefined) return []
      const { fusion } = first
      const parts = nameParts(first).slice(0, 4).join(', ') + (fusion.parts.length > 4 ? ', …' : '')
      const inA: DiffSpan[] = [{ name: label }]
      const inB: DiffSpan[] = [{ name: parts }]
      const spans =
        fusion.fused === 'a' ? [...inA, { said: ' → ' }, ...inB] : [...inB, { said: ' → ' }, ...inA]
      const shapes = fusion.stacked
        ? `${fusion.parts.length} × ${shapeText(fusion.partShapes[0] ?? [])}`
        : `${fusion.partShapes.slice(0, 4).map(shapeText).join(' + ')}${fusion.partShapes.length > 4 ? ' + …' : ''}`
      const whole = shapeText(fusion.wholeShape)
      return [
        {
          mark: '~',
          subject: spans,
          change: fusion.fused === 'a' ? `${whole} → ${shapes}` : `${shapes} → ${whole}`,
          times: members.length,
          note: fusionNote(fusion),
        },
      ]
    }),
  }
}

function fusionNote({ fused, stacked, dimension, joined, transposed }: Fusion): string {
  const what = fused === 'a' ? (stacked ? 'a stack, split' : 'split') : stacked ? 'stacked' : 'joined'
  const inner = joined === undefined ? '' : `, ${joined} joined in each slice`
  return `${what} along dimension ${dimension}${inner}${transposed === true ? ', each transposed' : ''}`
}

/** Names without the segments they all begin with. */
function withoutCommonStart(names: readonly string[]): string[] {
  const [first = ''] = names
  let dot = 0
  for (let i = 0; i < first.length && names.every((name) => name[i] === first[i]); i++)
    if (first[i] === '.') dot = i + 1
  return names.map((name) => name.slice(dot))
}

/** One line a pair of types where it is many tensors: a whole model of another type is one line. */
function dtypeSection(
  { changes, matched }: Difference,
  changed: (title: string, partOf: (change: TensorChange) => Part | undefined) => DiffSection,
): DiffSection {
  const section = changed(
    'Type',
    ({ dtype }) => dtype && { change: `${dtype.a ?? '?'} → ${dtype.b ?? '?'}`, note: '' },
  )
  const perPair = new Map<string, number>()
  for (const { dtype } of changes) {
    if (dtype === undefined) continue
    const key = `${dtype.a ?? '?'} → ${dtype.b ?? '?'}`
    perPair.set(key, (perPair.get(key) ?? 0) + 1)
  }
  const many = [...perPair].filter(([, tensors]) => tensors > 8 && tensors > matched / 2)
  if (many.length === 0) return section
  const general = many.map(
    ([change, tensors]): DiffRow => ({
      mark: '~',
      subject: [
        { said: tensors === matched ? 'all tensors' : `${plural(tensors, 'tensor')} of ${count(matched)}` },
      ],
      change,
      times: 1,
      note: '',
    }),
  )
  const told = new Set(many.map(([change]) => change))
  return {
    title: section.title,
    rows: [...general, ...section.rows.filter(({ change }) => !told.has(change))],
  }
}

function tieText(a: string | null, b: string | null): string {
  const text = (tie: string | null) => (tie === null ? 'by itself' : `= ${tie}`)
  return `${text(a)} → ${text(b)}`
}

function loneText({ kind, kindLevel, dtype, shape }: LoneTensor): string {
  return `${kind}${kindLevel === 'assumed' ? '?' : ''} ${dtype ?? ''} ${shapeText(shape)}`
}

function loneNote({ harmless, inExtraBlock, kind }: LoneTensor): string {
  if (harmless !== undefined) return `harmless: ${harmless}`
  if (inExtraBlock) return 'of the blocks above'
  return kind === 'buffer' ? 'a buffer, and not one the model can make itself' : ''
}

function valueRow({
  label,
  items,
}: {
  readonly label: string
  readonly items: readonly ValueChange[]
}): DiffRow {
  const [{ a = null, b = null } = {}] = items
  return {
    mark: a === null ? '+' : b === null ? '-' : '~',
    subject: [{ name: label }],
    change: a === null ? (b ?? '') : b === null ? a : `${a} → ${b}`,
    times: items.length,
    note: '',
  }
}

function metadataRow({ key, a, b }: Difference['metadata'][number]): DiffRow {
  const value = (text: string | null) =>
    JSON.stringify(text === null || text.length <= 80 ? text : `${text.slice(0, 79)}…`)
  return {
    mark: a === null ? '+' : b === null ? '-' : '~',
    subject: [{ name: key }],
    change: a === null ? value(b) : b === null ? value(a) : `${value(a)} → ${value(b)}`,
    times: 1,
    note: '',
  }
}
