import type { Checkpoint, StateDict } from '../model/checkpoint.ts'
import type { Explanation } from '../model/explanation.ts'
import type { StateDictReport } from '../model/report.ts'
import type { Tensor } from '../model/tensors/tensor.ts'
import { formatOf } from './index.ts'
import type { PublishedNames } from './published-names.ts'

type FromConverter = Pick<Checkpoint, 'format' | 'metadata'>

function publishedOf({ format, metadata }: FromConverter): PublishedNames | undefined {
  return formatOf(format)?.published?.(metadata)
}

/** Each with what the tensor is in the models that the file was made of, where that is known. */
export function withOriginals(
  checkpoint: FromConverter,
  explanations: readonly Explanation[],
): readonly Explanation[] {
  const published = publishedOf(checkpoint)
  if (published === undefined) return explanations
  return explanations.map((explanation) => {
    const { name } = explanation
    const found = published.originalOf(name)
    if (found === null) return explanation
    const converted = published.convertedAs(name)
    const original = { library: published.library, ...found, ...(converted !== null && { converted }) }
    return { ...explanation, original }
  })
}

/** By the example of one tensor of a block, whose names the file has; null where it has those of the library it is of. */
export function originalNote(
  checkpoint: FromConverter,
  { tensors }: Pick<StateDict | StateDictReport, 'tensors'>,
): string | null {
  const published = publishedOf(checkpoint)
  if (published === undefined) return null
  for (const { name } of tensors) {
    const original = published.originalOf(name)
    if (original === null || original.isPart || !/\.\d+\./.test(name)) continue
    return `names are those of ${published.converter}: ${name} is ${original.names[0]} of ${published.library}`
  }
  return null
}

/**
 * The same checkpoint under the names that its tensors have in the models it was made of. What is not known, is a part of a
 * tensor, or would be called as another, keeps its name.
 */
export function withOriginalNames(checkpoint: Checkpoint): Checkpoint {
  const originals = publishedOf(checkpoint)
  if (originals === undefined) return checkpoint
  return { ...checkpoint, stateDicts: checkpoint.stateDicts.map((one) => renamed(one, originals)) }
}

function renamed(stateDict: StateDict, originals: PublishedNames): StateDict {
  const { tensors, facts } = stateDict
  const names = newNames(
    Array.from(tensors, ({ name }) => name),
    originals,
  )
  const nameOf = (name: string) => names.get(name) ?? name
  const { declarations, aliases } = facts
  return {
    ...stateDict,
    tensors: Array.from(
      tensors,
      (tensor): Tensor => ({
        ...tensor,
        name: nameOf(tensor.name),
        tiedTo: tensor.tiedTo === null ? null : nameOf(tensor.tiedTo),
      }),
    ),
    facts: {
      ...facts,
      ...(declarations && {
        declarations: new Map([...declarations].map(([name, of]) => [nameOf(name), of])),
      }),
      ...(aliases && { aliases: new Map([...aliases].map(([name, of]) => [nameOf(name), nameOf(of)])) }),
    },
  }
}

function newNames(names: readonly string[], originals: PublishedNames): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const taken = new Set(names)
  for (const name of names) {
    const original = originals.originalOf(name)
    const [first] = original?.names ?? []
    if (first === undefined || original?.isPart) continue
    // What is stacked is no layer, whose weight it would be.
    const renamed = first.includes('*') ? first.replace(/\.(?:weight|bias)$/, '') : first
    if (taken.has(renamed)) continue
    taken.add(renamed)
    found.set(name, renamed)
  }
  return found
}
