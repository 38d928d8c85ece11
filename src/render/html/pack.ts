import type { TensorPairing } from '../../compare/pairing/tensor-pairing.ts'
import { Inspection, inspectionOf, reportOfInspection } from '../../model/inspection.ts'
import { ByteNames } from '../../model/names/name-column.ts'
import type { ModuleClass, Quantisation, Report, StateDictReport } from '../../model/report.ts'
import { Labels } from '../../model/tensors/labels.ts'
import type { RepresentationReport } from '../../model/tensors/representation.ts'
import { ShapePool } from '../../model/tensors/shape-pool.ts'
import { type Columns, type Row, TensorTable } from '../../model/tensors/tensor-table.ts'
import { ColumnReader, ColumnWriter } from './columns.ts'
import { fromDigits, inDigits } from './digits.ts'
import { shownMetadata } from './metadata-text.ts'
import type { PageCheckpoint, PageContent, PageStory, Places, StateDictDetails } from './page-content.ts'
import type { PageStatistics } from './page-statistics.ts'

/** What is said once of a state dict; the rest is columns. */
interface Head {
  readonly fields: Omit<StateDictReport, 'modules' | 'tensors'>
  readonly shapes: readonly (readonly number[])[]
  readonly stories: readonly PageStory[]
  readonly quantisations: readonly Quantisation[]
  readonly classes: readonly ModuleClass[]
  /** By tensor, for the few that have one. */
  readonly oddNames: readonly (readonly [number, string])[]
  readonly ties: readonly (readonly [number, string])[]
  readonly countedAs: readonly (readonly [number, string])[]
  readonly representations: readonly (readonly [number, RepresentationReport])[]
  /** Whether sizes are not those of shape and type. */
  readonly sized: boolean
  readonly files: readonly string[]
  readonly notes: readonly string[]
  /** Where values were read: how much of them, and what those of each tensor come to. */
  readonly statistics?: {
    readonly coverage: string
    readonly of: readonly (readonly [number, readonly PageStatistics[]])[]
  }
}

interface PackedCheckpoint extends Omit<PageCheckpoint, 'report' | 'details'> {
  readonly report: Omit<Report, 'stateDicts' | 'metadata'>
  readonly metadata: readonly (readonly [string, string])[]
  readonly stateDicts: readonly Head[]
}

interface Packed extends Omit<PageContent, 'checkpoints' | 'comparison'> {
  readonly checkpoints: readonly PackedCheckpoint[]
  readonly comparison: Omit<TensorPairing, 'partners'> | null
}

/** Everything a page shows, as bytes to be compressed. */
export function packed({ comparison, ...content }: PageContent): Uint8Array<ArrayBuffer> {
  const columns = new ColumnWriter()
  const document: Packed = {
    ...content,
    comparison:
      comparison === null ? null : { difference: comparison.difference, stateDicts: comparison.stateDicts },
    checkpoints: content.checkpoints.map(({ report, details, ...rest }) => {
      const { stateDicts, metadata, ...fields } = report
      return {
        ...rest,
        report: fields,
        metadata: shownMetadata(metadata),
        stateDicts: stateDicts.map((stateDict, i) =>
          packStateDict(stateDict, details[i] as StateDictDetails, columns),
        ),
      }
    }),
  }
  if (comparison !== null) columns.column(comparison.partners)
  const whole = new ColumnWriter()
  whole.bytes(new TextEncoder().encode(JSON.stringify(document)))
  whole.bytes(columns.written)
  return whole.written
}

/** What `packed` was given: reports whose tensors are made when they are asked for. */
export function unpacked(bytes: Uint8Array): PageContent {
  const whole = new ColumnReader(bytes)
  const document = JSON.parse(new TextDecoder().decode(whole.bytes())) as Packed
  const columns = new ColumnReader(whole.bytes())
  const checkpoints = document.checkpoints.map(({ report, metadata, stateDicts, ...rest }) => {
    const read = stateDicts.map((head) => readStateDict(head, columns))
    return {
      ...rest,
      report: {
        ...report,
        metadata: new Map(metadata),
        stateDicts: read.map(({ stateDict }) => stateDict),
      },
      details: read.map(({ details }) => details),
    }
  })
  const comparison =
    document.comparison === null ? null : { ...document.comparison, partners: columns.column(Uint32Array) }
  return { ...document, checkpoints, comparison }
}

const printableAscii = /^[\x20-\x7e]*$/

function packStateDict(
  stateDict: StateDictReport,
  { evidence, places, statistics }: StateDictDetails,
  columns: ColumnWriter,
): Head {
  const inspection = inspectionOf(stateDict)
  const { table, tree, quantisations, classes } = inspection
  const { length } = table
  const { dtypes, shapes, pool, ties, representations, sizes } = table.columns
  const oddNames: [number, string][] = []
  columns.texts(length, (index) => {
    const name = table.name(index)
    if (printableAscii.test(name)) return name
    oddNames.push([index, name])
    return ''
  })
  columns.column(dtypes)
  columns.column(shapes)
  columns.column(evidence.ids)
  columns.column(labelIds(quantisations, length))
  columns.column(labelIds(classes, tree.size))
  if (sizes !== undefined) {
    columns.column(sizes.elements)
    columns.column(sizes.bytes.map((bytes) => (Number.isNaN(bytes) ? 0 : bytes + 1)))
  }
  packPlaces(places, columns)
  return {
    fields: fieldsOf(stateDict),
    shapes: pool.shapes,
    stories: evidence.stories,
    quantisations: quantisations.values,
    classes: classes.values,
    oddNames,
    ties: [...ties],
    countedAs: [...inspection.countedAs],
    representations: [...(representations ?? [])].map(([index]) => [
      index,
      inspection.tensor(index).representation as RepresentationReport,
    ]),
    sized: sizes !== undefined,
    files: places.files,
    notes: places.notes,
    ...(statistics && { statistics: { coverage: statistics.coverage, of: [...statistics.of] } }),
  }
}

/** The fields of a state dict that are no list of tensors or modules, which are made when somebody looks. */
function fieldsOf(stateDict: StateDictReport): Head['fields'] {
  const names = Object.keys(stateDict).filter((name) => name !== 'tensors' && name !== 'modules')
  return Object.fromEntries(
    names.map((name) => [name, stateDict[name as keyof StateDictReport]]),
  ) as unknown as Head['fields']
}

function labelIds(labels: Labels<object>, size: number): Uint32Array {
  const ids = new Uint32Array(size)
  if (!labels.isEmpty) for (let index = 0; index < size; index++) ids[index] = labels.idAt(index) + 1
  return ids
}

/** Tensors mostly stand one behind the other: what is kept is the gap before each. */
function packPlaces({ file, offset, length, note }: Places, columns: ColumnWriter): void {
  columns.column(file)
  columns.column(length)
  columns.column(note)
  let end = 0
  for (let index = 0; index < offset.length; index++) {
    const gap = (offset[index] as number) - end
    columns.number(gap < 0 ? -gap * 2 - 1 : gap * 2)
    end = (offset[index] as number) + (length[index] as number)
  }
}

function readPlaces({ files, notes }: Head, columns: ColumnReader): Places {
  const file = columns.column(Uint32Array)
  const length = columns.column(Float64Array)
  const note = columns.column(Uint32Array)
  const offset = new Float64Array(file.length)
  let end = 0
  for (let index = 0; index < offset.length; index++) {
    const gap = columns.number()
    offset[index] = end + (gap % 2 === 1 ? -(gap + 1) / 2 : gap / 2)
    end = (offset[index] as number) + (length[index] as number)
  }
  return { files, file, offset, length, notes, note }
}

function readStateDict(
  head: Head,
  columns: ColumnReader,
): { readonly stateDict: StateDictReport; readonly details: StateDictDetails } {
  const { bytes, begins, lengths } = columns.texts()
  const text = new TextDecoder('latin1')
  const names = new ByteNames(bytes, (begin, end) => text.decode(bytes.subarray(begin, end)), {
    begins,
    lengths,
    odd: new Map(head.oddNames),
  })
  const pool = new ShapePool()
  for (const shape of head.shapes) pool.id(shape)
  const dtypes = columns.column(Uint8Array)
  const shapes = columns.column(Uint32Array)
  const ids = columns.column(Uint32Array)
  const quantisationIds = columns.column(Uint32Array)
  const classIds = columns.column(Uint32Array)
  const table: Columns = {
    names,
    dtypes,
    shapes,
    pool,
    ties: new Map(head.ties),
    ...(head.representations.length === 0 ? {} : { representations: new Map(head.representations) }),
    ...(head.sized
      ? {
          sizes: {
            elements: columns.column(Float64Array),
            bytes: columns.column(Float64Array).map((size) => (size === 0 ? Number.NaN : size - 1)),
          },
        }
      : {}),
  }
  const places = readPlaces(head, columns)
  const inspection: Inspection = new Inspection({
    table: new TensorTable<Row>(table, (index) => inspection.tensor(index)),
    tree: null,
    verdicts: ids,
    pool: head.stories,
    quantisations: labelsOf(head.quantisations, quantisationIds),
    classes: () => labelsOf(head.classes, classIds),
    countedAs: new Map(head.countedAs),
  })
  return {
    stateDict: reportOfInspection(inspection, head.fields, head.fields.values),
    details: {
      evidence: { ids, stories: head.stories },
      places,
      ...(head.statistics && {
        statistics: { coverage: head.statistics.coverage, of: new Map(head.statistics.of) },
      }),
    },
  }
}

function labelsOf<T extends object>(values: readonly T[], ids: Uint32Array): Labels<T> {
  const labels = new Labels<T>(ids.length)
  const known = values.map((value) => labels.id(value))
  ids.forEach((id, index) => {
    if (id > 0) labels.setId(index, known[id - 1] as number)
  })
  return labels
}

/** Compressed, as text that can stand in a page. */
export async function compressed(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  return inDigits(new Uint8Array(await new Response(stream).arrayBuffer()))
}

export async function decompressed(text: string): Promise<Uint8Array> {
  const stream = new Blob([fromDigits(text)]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
