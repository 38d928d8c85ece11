import type { CheckReport } from '../../check/check-report.ts'
import { quoted, SdinspectError } from '../../errors.ts'
import { nearest } from '../../model/names/edit-distance.ts'
import { formatsOf } from '../../render/renderers.ts'
import type { Options } from '../arguments/options.ts'
import type { Call } from '../command.ts'
import { type Output, streamOutput } from './output.ts'
import { showOne } from './show.ts'

const names = formatsOf('check')

interface Wanted {
  readonly format: string
  /** null: standard output, or the file of `--output`. */
  readonly file: string | null
  /** Whether it was asked for, and is written although nothing else is. */
  readonly isAsked: boolean
}

/**
 * What `--report` asks for. Where none of them goes to standard output, `--format` does.
 *
 * @throws SdinspectError `usage/arguments`
 */
export function wantedReports({ reports, format }: Pick<Options, 'reports' | 'format'>): readonly Wanted[] {
  const wanted = reports.map(readReport)
  const files = wanted.flatMap(({ file }) => (file === null ? [] : [file]))
  const twice = files.find((file, i) => files.indexOf(file) !== i)
  if (twice !== undefined)
    throw new SdinspectError('usage/arguments', `two reports are to be written to ${quoted(twice)}`)
  return wanted.some(({ file }) => file === null)
    ? wanted
    : [{ format, file: null, isAsked: false }, ...wanted]
}

function readReport(text: string): Wanted {
  const equals = text.indexOf('=')
  const name = equals < 0 ? text : text.slice(0, equals)
  if (!names.includes(name)) {
    const near = nearest(name, names)
    throw new SdinspectError('usage/arguments', `--report: there is no report ${JSON.stringify(name)}`, {
      hint: near === undefined ? `reports are ${names.join(', ')}` : `did you mean ${near}?`,
    })
  }
  const file = equals < 0 ? null : text.slice(equals + 1)
  if (file === '') throw new SdinspectError('usage/arguments', `--report ${text} names no file`)
  return { format: name, file: file === '-' ? null : file, isAsked: true }
}

/**
 * Writes every report to where it goes.
 *
 * @param inputs files that none of them may replace
 * @throws SdinspectError `source/io`, `usage/arguments`
 */
export async function writeReports(
  wanted: readonly Wanted[],
  report: CheckReport,
  inputs: readonly string[],
  { view, output, options, io }: Call<'output' | 'quiet', CheckReport>,
): Promise<void> {
  await output.madeFrom?.(inputs)
  await refuseTwice(wanted.flatMap(({ file }) => file ?? options.output ?? []))
  const isSilent = options.quiet && options.output === null
  for (const { format, file, isAsked } of wanted) {
    const write = async (to: Output): Promise<void> => showOne(to, await view(format, to.look), report)
    if (file === null) await write(isSilent && isAsked ? streamOutput(io.out, output.look) : output)
    else {
      const { fileOutput } = await import('./file-output.ts')
      await fileOutput(
        { by: '--report', path: file },
        inputs,
        { ...output.look, color: 0, columns: null, interactive: false },
        async (to) => {
          await write(to)
          return 0
        },
      )
    }
  }
}

/** Two names of one file: the second answer would replace the first. */
async function refuseTwice(files: readonly string[]): Promise<void> {
  const { realpath } = await import('node:fs/promises')
  const { basename, dirname, join, resolve } = await import('node:path')
  const seen = new Map<string, string>()
  for (const file of files) {
    const folder = await realpath(dirname(file)).catch(() => resolve(dirname(file)))
    const real = await realpath(file).catch(() => join(folder, basename(file)))
    const other = seen.get(real)
    if (other !== undefined)
      throw new SdinspectError(
        'usage/arguments',
        `two reports are to be written to one file: ${quoted(other)} and ${quoted(file)}`,
      )
    seen.set(real, file)
  }
}
