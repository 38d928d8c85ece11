import { inspectionOf } from '../model/inspection.ts'
import type { StateDictReport } from '../model/report.ts'
import { keptIn } from '../model/tensors/kept.ts'
import { count, plural } from './text.ts'

const mostNames = 6

/** How tensors are kept that are not dense, and whether the file holds all of them: a sentence each. */
export function* keptTexts(stateDict: StateDictReport): Generator<string> {
  const { names, parts, partsOfUnknown } = keptIn(stateDict)
  if (names.size === 0) return
  const told = [...names]
  const shown = told.slice(0, mostNames).map(([name, tensors]) => `${count(tensors)} ${name}`)
  if (told.length > mostNames) shown.push(`${told.length - mostNames} more`)
  const dense = told.reduce((rest, [, tensors]) => rest - tensors, inspectionOf(stateDict).length)
  yield dense === 0 ? shown.join(', ') : `${shown.join(', ')}; ${count(dense)} dense`
  if (parts.tensors > 0)
    yield parts.held < parts.elements
      ? `this file holds a part: ${count(parts.held)} of the ${count(parts.elements)} elements of ${plural(parts.tensors, 'distributed tensor')}`
      : `this file holds the whole of ${plural(parts.tensors, 'distributed tensor')}`
  if (partsOfUnknown > 0)
    yield `this file holds a part: ${plural(partsOfUnknown, 'tensor')} of which it does not say how large the whole is`
}
