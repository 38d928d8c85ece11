import type { StateDictReport, ValueReport } from '../model/report.ts'
import { sameParts } from '../model/tensors/same-representation.ts'
import type { ValueChange } from './difference.ts'

/**
 * What is different between the entries of two state dicts that are no tensors: which are there, their classes, and
 * the tensors in them. What they hold is not compared, as values of tensors are not.
 *
 * @param rename how `b` calls an entry of `a`
 */
export function compareValues(
  a: Pick<StateDictReport, 'values'>,
  b: Pick<StateDictReport, 'values'>,
  rename: (name: string) => string,
): ValueChange[] {
  const [valuesA, valuesB] = [a.values ?? [], b.values ?? []]
  if (valuesA.length + valuesB.length === 0) return []
  const rest = new Map(valuesB.map((value) => [value.name, value]))
  const changes: ValueChange[] = []
  for (const value of valuesA) {
    const renamed = rename(value.name)
    const partner = rest.get(value.name) ?? rest.get(renamed)
    if (partner === undefined) changes.push({ name: value.name, a: value.description, b: null })
    else {
      rest.delete(partner.name)
      if (!isSameValue(value, partner))
        changes.push({ name: partner.name, a: value.description, b: partner.description })
    }
  }
  for (const { name, description } of rest.values()) changes.push({ name, a: null, b: description })
  return changes
}

/** Entries that hold tensors, of the same types and shapes on both sides, by their names. */
export function entryPairs(
  a: Pick<StateDictReport, 'values'>,
  b: Pick<StateDictReport, 'values'>,
  rename: (name: string) => string,
): (readonly [a: string, b: string])[] {
  const others = new Map((b.values ?? []).map((value) => [value.name, value]))
  return (a.values ?? []).flatMap((value) => {
    const partner = others.get(value.name) ?? others.get(rename(value.name))
    const isPair = partner !== undefined && value.parts !== undefined && isSameValue(value, partner)
    return isPair ? [[value.name, partner.name] as const] : []
  })
}

function isSameValue(a: ValueReport, b: ValueReport): boolean {
  return a.type === b.type && sameParts(a.parts ?? [], b.parts ?? [])
}
