import { type Inspection, inspectionOf } from '../../model/inspection.ts'
import type { Report, StateDictReport, ValueReport } from '../../model/report.ts'
import { JsonText, jsonText, LazyList } from '../json-text.ts'

/**
 * The report as it is written: tensors and modules are text made one at a time, for there may be a million. What a
 * report keeps as objects is written from those.
 */
export function reportDocument(report: Report): object {
  return { ...report, stateDicts: report.stateDicts.map(stateDictDocument) }
}

function stateDictDocument(stateDict: StateDictReport): object {
  const document: Record<string, unknown> = {}
  for (const [field, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(stateDict))) {
    if (get === undefined) document[field] = value
    else document[field] = field === 'modules' ? moduleTexts(stateDict) : tensorTexts(stateDict)
  }
  return document
}

/** The tensors of a state dict, each as text. */
export function tensorTexts(stateDict: StateDictReport): LazyList<JsonText> {
  return new LazyList(() => texts(inspectionOf(stateDict)))
}

/** The entries of a state dict in order, each as text. */
export function entryTexts(stateDict: StateDictReport): Iterable<JsonText> {
  const { values = [] } = stateDict
  return values.length === 0 ? tensorTexts(stateDict) : withValues(tensorTexts(stateDict), values)
}

function* withValues(tensors: Iterable<JsonText>, values: readonly ValueReport[]): Generator<JsonText> {
  let next = 0
  let index = 0
  for (const tensor of tensors) {
    for (; (values[next]?.position ?? Number.POSITIVE_INFINITY) <= index; next++)
      yield new JsonText(jsonText(values[next]))
    yield tensor
    index++
  }
  for (; next < values.length; next++) yield new JsonText(jsonText(values[next]))
}

function* texts(inspection: Inspection): Generator<JsonText> {
  const { table, verdicts, pool, quantisations } = inspection
  const { shapes, pool: shapePool, representations } = table.columns
  const verdictTexts = pool.map(() => '')
  const shapeTexts = shapePool.shapes.map(() => '')
  for (let index = 0; index < table.length; index++) {
    if (representations?.has(index)) {
      yield new JsonText(jsonText(inspection.tensor(index)))
      continue
    }
    const verdict = verdicts[index] as number
    const shape = shapes[index] as number
    // Of verdicts and shapes there are few.
    if (verdictTexts[verdict] === '') verdictTexts[verdict] = verdictText(inspection, verdict)
    if (shapeTexts[shape] === '') shapeTexts[shape] = jsonText(shapePool.shapes[shape])
    const quantised = quantisations.at(index)
    const dtype = table.dtype(index)
    const tie = table.tie(index)
    const countedAs = inspection.countedAs.get(index)
    yield new JsonText(
      `{"name":${jsonText(table.name(index))},"dtype":${dtype === null ? 'null' : `"${dtype}"`},` +
        `"shape":${shapeTexts[shape]},"elements":${table.elements(index)},"bytes":${table.bytes(index)},` +
        `${verdictTexts[verdict]},"tiedTo":${tie === null ? 'null' : jsonText(tie)}` +
        `${countedAs === undefined ? '' : `,"countedAs":${jsonText(countedAs)}`}` +
        `${quantised === undefined ? '' : `,"quantised":${jsonText(quantised)}`}}`,
    )
  }
}

/** The fields of a verdict, without braces. */
function verdictText({ pool }: Inspection, verdict: number): string {
  const { kind, trainable } = pool[verdict] as Inspection['pool'][number]
  const fields = {
    kind: kind.answer,
    kindLevel: kind.level,
    kindReason: kind.reason,
    ...(kind.probability === undefined ? {} : { kindProbability: kind.probability }),
    ...(kind.withoutValues === undefined ? {} : { kindWithoutValues: kind.withoutValues }),
    trainable: trainable.answer,
    trainableLevel: trainable.level,
    trainableReason: trainable.reason,
  }
  return jsonText(fields).slice(1, -1)
}

function moduleTexts(stateDict: StateDictReport): LazyList<JsonText> {
  return new LazyList(function* () {
    for (const module of inspectionOf(stateDict).modules()) yield new JsonText(jsonText(module))
  })
}
