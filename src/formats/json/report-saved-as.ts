import type { StateDict } from '../../model/checkpoint.ts'
import type { SavedAs } from '../../model/saved-as.ts'
import type { Member } from './report-member.ts'

/** What the object was that was saved, as an earlier run saw it. */
export function savedAsOf(member: Member): Pick<StateDict, 'savedAs'> {
  if (!member.map.has('savedAs')) return {}
  const saved = member.object('savedAs')
  const has = (field: keyof SavedAs) => saved.map.has(field)
  const savedAs: SavedAs = {
    class: saved.text('class'),
    isMapping: saved.truth('isMapping'),
    ...(has('versions')
      ? {
          versions: saved.list('versions').map((one) => ({
            version: one.map.get('version') === null ? null : one.count('version'),
            modules: one.texts('modules'),
          })),
        }
      : {}),
    ...(has('spectralNorms') ? { spectralNorms: saved.texts('spectralNorms') } : {}),
    ...(has('keyClass') ? { keyClass: saved.text('keyClass') } : {}),
    ...(has('expanded') ? { expanded: saved.texts('expanded') } : {}),
    ...(has('strided') ? { strided: saved.texts('strided') } : {}),
    ...(has('containers')
      ? {
          containers: saved
            .list('containers')
            .map((one) => ({ name: one.text('name'), class: one.text('class') })),
        }
      : {}),
    ...(has('arrays') ? { arrays: saved.texts('arrays') } : {}),
    ...(has('groups')
      ? {
          groups:
            saved.map.get('groups') === null
              ? null
              : saved.list('groups').map((one) => ({
                  parameters: one.map.get('parameters') === null ? null : one.count('parameters'),
                  options: one.texts('options'),
                })),
        }
      : {}),
  }
  return { savedAs }
}
