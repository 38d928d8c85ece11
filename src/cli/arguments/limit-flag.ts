import { defaultLimits, type Limits } from '../../limits.ts'
import { nearest } from '../../model/names/edit-distance.ts'
import { type Flag, listed, type RawValue, readWholeNumber, usage } from './flag.ts'

/** Safety limits, changed by name. */
export const limitFlag: Flag<Partial<Limits>> = {
  long: '--limit',
  completes: 'limits',
  value: 'NAME=VALUE',
  repeatable: true,
  help: 'change a safety limit, named in the error of whoever met it',
  read: readLimits,
}

function readLimits(raw: RawValue): Partial<Limits> {
  const limits: Partial<Record<keyof Limits, number>> = {}
  for (const text of listed(raw)) {
    const equals = text.indexOf('=')
    if (equals < 0) throw usage(`--limit ${text} has no value`, 'write it as --limit NAME=VALUE')
    const name = text.slice(0, equals)
    if (!Object.hasOwn(defaultLimits, name)) {
      const near = nearest(name, Object.keys(defaultLimits))
      throw usage(
        `there is no limit called ${name}`,
        near === undefined
          ? `the limits are ${Object.keys(defaultLimits).join(', ')}`
          : `did you mean ${near}?`,
      )
    }
    limits[name as keyof Limits] = readWholeNumber(`--limit ${name}`, text.slice(equals + 1))
  }
  return limits
}
