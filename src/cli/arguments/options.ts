import { type Flag, type RawValue, usage } from './flag.ts'
import { type FlagName, flags } from './flags.ts'

type ValueOf<Name extends FlagName> = ReturnType<(typeof flags)[Name]['read']>

/** What the flags said, checked: the value of each by its key in the table. */
export type Options = {
  readonly [Name in FlagName as [ValueOf<Name>] extends [never] ? never : Name]: ValueOf<Name>
}

/** What the parser hands over: values by the camel-cased name of the flag. */
export type RawOptions = Readonly<Record<string, RawValue>>

/** @throws SdinspectError `usage/arguments` when values make no sense */
export function readOptions(raw: RawOptions): Options {
  const { json, format } = raw
  if (json === true && format !== undefined && format !== 'json')
    throw usage(`--json and --format ${format} were given, and only one of them can be done`)
  const given: RawOptions = json === true ? { ...raw, format: 'json' } : raw
  const options: Record<string, unknown> = {}
  for (const [name, flag] of Object.entries<Flag>(flags)) options[name] = flag.read(given[keyOf(flag)])
  return options as unknown as Options
}

/** What the parser calls a flag: `maxWarnings` for `--max-warnings`, `fold` for `--no-fold`. */
function keyOf({ long }: Flag): string {
  return long.replace(/^--(?:no-)?/, '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}
