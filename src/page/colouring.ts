import type { Inspection } from '../model/inspection.ts'
import { dtypeNames } from '../model/tensors/tensor-table.ts'
import { levels } from '../model/verdict.ts'
import type { StateDictDetails } from '../render/html/page-content.ts'

/** What the colours of the map say. */
export interface Colouring {
  readonly title: string
  /** Each colour: what it means, and the class of the style sheet that has it. */
  readonly categories: readonly { readonly label: string; readonly swatch: string }[]
  /** The category of a tensor. */
  of(tensor: number): number
}

/** A way to colour the map. A new one is an entry of the list. */
interface ColourMode {
  readonly id: string
  readonly title: string
  /** null where the checkpoint has nothing to colour by. */
  colouring(inspection: Inspection, details?: StateDictDetails): Omit<Colouring, 'title'> | null
}

const kinds = ['parameter', 'buffer', 'other'] as const
const trainables = ['yes', 'no', 'unknown'] as const
/** Element types with a colour of their own, those with most tensors first; all others share one. */
const mostTypes = 7

const modes: readonly ColourMode[] = [
  {
    id: 'kind',
    title: 'Kind',
    colouring: ({ pool, verdicts }) => {
      const byVerdict = pool.map(({ kind }) => kinds.indexOf(kind.answer))
      return {
        categories: kinds.map((kind) => ({ label: kind, swatch: `kind-${kind}` })),
        of: (tensor) => byVerdict[verdicts[tensor] as number] as number,
      }
    },
  },
  {
    id: 'type',
    title: 'Element type',
    colouring: ({ table }) => {
      const { dtypes } = table.columns
      const counts = new Map<number, number>()
      for (const type of dtypes) counts.set(type, (counts.get(type) ?? 0) + 1)
      const sorted = [...counts].sort((a, b) => b[1] - a[1]).map(([type]) => type)
      const place = new Map(sorted.map((type, i) => [type, Math.min(i, mostTypes)]))
      const categories = sorted.slice(0, mostTypes).map((type, i) => ({
        label: dtypeNames[type] ?? 'not recorded',
        swatch: `type-${i}`,
      }))
      if (sorted.length > mostTypes) categories.push({ label: 'others', swatch: `type-${mostTypes}` })
      return { categories, of: (tensor) => place.get(dtypes[tensor] as number) as number }
    },
  },
  {
    id: 'level',
    title: 'How it is known',
    colouring: ({ pool, verdicts }) => {
      const byVerdict = pool.map(({ kind }) => levels.indexOf(kind.level))
      return {
        categories: levels.map((level) => ({ label: level, swatch: `level-${level}` })),
        of: (tensor) => byVerdict[verdicts[tensor] as number] as number,
      }
    },
  },
  {
    id: 'trainable',
    title: 'Trainable',
    colouring: ({ pool, verdicts }) => {
      const byVerdict = pool.map(({ trainable }) => trainables.indexOf(trainable.answer))
      return {
        categories: trainables.map((answer) => ({ label: answer, swatch: `trainable-${answer}` })),
        of: (tensor) => byVerdict[verdicts[tensor] as number] as number,
      }
    },
  },
  {
    id: 'spread',
    title: 'Standard deviation of the values',
    colouring: (_, details) => {
      const { statistics } = details ?? {}
      if (statistics === undefined) return null
      const labels = ['NaN or Inf', 'all the same', ...spreads.map(([label]) => label), 'not read']
      return {
        categories: labels.map((label, i) => ({ label, swatch: `type-${i}` })),
        of: (tensor) => {
          const [first] = statistics.of.get(tensor) ?? []
          if (first === undefined) return labels.length - 1
          const { nan, positiveInfinity, negativeInfinity, constant, std } = first.values
          if (nan + positiveInfinity + negativeInfinity > 0) return 0
          if (constant) return 1
          return 2 + spreads.findIndex(([, below]) => (std ?? 0) < below)
        },
      }
    },
  },
]

/** Classes of spread, each with where it ends. */
const spreads: readonly (readonly [label: string, below: number])[] = [
  ['below 0.01', 0.01],
  ['0.01 to 0.1', 0.1],
  ['0.1 to 1', 1],
  ['1 and more', Number.POSITIVE_INFINITY],
]

/** The ways a checkpoint can be coloured, by id. */
export function colouringsOf(
  inspection: Inspection,
  details?: StateDictDetails,
): ReadonlyMap<string, Colouring> {
  const found = new Map<string, Colouring>()
  for (const { id, title, colouring } of modes) {
    const made = colouring(inspection, details)
    if (made !== null) found.set(id, { title, ...made })
  }
  return found
}
