import { SdinspectError } from '../errors.ts'
import { defaultLimits } from '../limits.ts'
import { bytesText } from '../model/bytes-text.ts'
import type { BeforeValues, Call } from './command.ts'

/** Says how many bytes of values, or of whole files, are about to be fetched, and refuses many without `--yes`. */
export function announced(
  { options, talk }: Pick<Call<'yes' | 'limits'>, 'options' | 'talk'>,
  what: 'values' | 'files' = 'values',
): BeforeValues {
  const most = options.limits.remoteValueBytes ?? defaultLimits.remoteValueBytes
  return async ({ path, bytes }) => {
    if (bytes > most && !options.yes)
      throw new SdinspectError(
        'limit/exceeded',
        `the ${what} are ${bytesText(bytes)}, over the limit remoteValueBytes=${most}, and all of them would be fetched`,
        { file: path, hint: 'fetch them with --yes, or read fewer with --keep where the command has it' },
      )
    await talk.note(`${path}: fetching ${bytesText(bytes)} of ${what}`)
  }
}
