import { finding } from '../findings/finding.ts'
import { sharedPrefixes } from '../model/names/prefixes.ts'
import { sameShape } from '../model/tensors/shape.ts'
import type { Answer, Kind, Trainable } from '../model/verdict.ts'
import type { EvidenceSource } from './source.ts'

const source = 'manifest'

/** What a manifest of the live model says of entries of the same name and shape. Prefixes of wrappers may be in the way. */
export const saidManifest: EvidenceSource = {
  id: source,
  title: 'A manifest of the live model says so',
  collect({ stateDict, table, said: { manifest } }, claims) {
    if (manifest === null || stateDict.role !== 'model') return
    const { by, entries } = manifest
    const wrapper = sharedPrefixes(table).join('')
    const answerOf = pool(by)
    const joined = new Set<string>()
    const unlisted: string[] = []
    const otherShape: string[] = []
    for (let index = 0; index < table.length; index++) {
      const name = table.name(index)
      const bare = name.slice(name.startsWith(wrapper) ? wrapper.length : 0)
      const key = entries.has(name) ? name : bare
      const entry = entries.get(key)
      if (entry === undefined) unlisted.push(name)
      else {
        joined.add(key)
        if (!sameShape(entry.shape, table.shape(index))) {
          otherShape.push(name)
          continue
        }
        const { kind, requiresGrad } = entry
        if (kind !== undefined) claims.kind(index, answerOf<Kind>(kind, `says ${kind}`))
        if (requiresGrad !== undefined)
          claims.trainable(
            index,
            answerOf<Trainable>(requiresGrad ? 'yes' : 'no', `says requires_grad=${requiresGrad}`),
          )
      }
    }
    const gone = [...entries.keys()].filter((name) => !joined.has(name))
    if (joined.size === 0) claims.finding(finding('evidence/said-fits-nothing', { by: `--manifest ${by}` }))
    else
      for (const [what, names] of [
        ['other-shape', otherShape],
        ['unlisted', unlisted],
        ['missing', gone],
      ] as const)
        if (names.length > 0)
          claims.finding(
            finding('evidence/manifest-differs', {
              what,
              manifest: by,
              count: names.length,
              first: names[0] as string,
            }),
          )
  },
}

/** Answers of a manifest, equal ones once. */
function pool(by: string): <T extends string>(answer: T, says: string) => Answer<T> {
  const answers = new Map<string, Answer<string>>()
  return <T extends string>(answer: T, says: string) => {
    let known = answers.get(says)
    if (known === undefined) {
      known = { answer, level: 'declared', reason: `by you: the manifest ${by} ${says}`, source }
      answers.set(says, known)
    }
    return known as Answer<T>
  }
}
