import { SdinspectError } from '../../errors.ts'
import { nearest } from '../../model/names/edit-distance.ts'
import type { Command } from '../command.ts'
import type { Flag } from './flag.ts'
import { flags } from './flags.ts'
import { type Options, type RawOptions, readOptions } from './options.ts'

/** What a command line asks for. */
export type Request =
  | {
      readonly ask: 'run'
      readonly command: Command
      /** Whether its first operand cannot be a mistyped command: the command is named, or `--` says paths follow. */
      readonly named: boolean
      readonly operands: readonly string[]
      readonly options: Options
    }
  /** `asked` is false where help is the answer to a command line that says nothing. */
  | { readonly ask: 'help'; readonly command: Command | null; readonly asked: boolean }
  | { readonly ask: 'version' }

/**
 * Reads a command line. The command is the first word that is neither a flag nor a flag's value; without one
 * it is the first of `commands`. After `--` everything is a path, so `sdinspect -- ls` inspects a file `ls`.
 *
 * @throws SdinspectError `usage/*`
 */
export async function parse(argv: readonly string[], commands: readonly Command[]): Promise<Request> {
  const { word, at } = firstWord(argv)
  if (word === null && argv.length === 0) return { ask: 'help', command: null, asked: false }
  if (word === 'help') return { ask: 'help', command: namedCommand(argv[at + 1], commands), asked: true }
  const named = word === null ? undefined : commands.find(({ name }) => name === word)
  const beforeDashes = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  if (beforeDashes.some((argument) => argument === '-V' || argument === '--version'))
    return { ask: 'version' }
  if (beforeDashes.some((argument) => argument === '-h' || argument === '--help'))
    return { ask: 'help', command: named ?? null, asked: true }
  const command = named ?? (commands[0] as Command)
  const rest = named === undefined ? argv : [...argv.slice(0, at), ...argv.slice(at + 1)]
  const { operands, raw } =
    operandsAlone(command, rest) ?? (await import('./parser.ts')).parsed(command, rest)
  return {
    ask: 'run',
    command,
    named: named !== undefined || word === null,
    operands,
    options: readOptions(raw),
  }
}

/** What a command line says, before the values of its flags are read. */
export interface Parsed {
  readonly operands: readonly string[]
  readonly raw: RawOptions
}

/**
 * What the parser makes of a command line without flags and with as many operands as there should be, which is how
 * most look; null for any other. Loading the parser takes longer than reading the header of most files.
 */
export function operandsAlone({ operands }: Command, argv: readonly string[]): Parsed | null {
  if (argv.some((argument) => argument.startsWith('-') && argument !== '-')) return null
  if (operands.some(({ choices }) => choices !== undefined)) return null
  const fewest = operands.filter(({ name }) => name.startsWith('<')).length
  const most = operands.some(({ name }) => name.includes('...')) ? argv.length : operands.length
  return argv.length < fewest || argv.length > most ? null : { operands: argv, raw: {} }
}

/** The command a mistyped first word was probably meant to be. The caller knows whether there is a file of that name. */
export function mistypedCommand(word: string, commands: readonly Command[]): string | undefined {
  return /^[a-z]{2,12}$/i.test(word)
    ? nearest(word, [...commands.map(({ name }) => name), 'help'])
    : undefined
}

function firstWord(argv: readonly string[]): { word: string | null; at: number } {
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at] as string
    if (argument === '--') break
    if (!argument.startsWith('-') || argument === '-') return { word: argument, at }
    if (takesNextAsValue(argument)) at++
  }
  return { word: null, at: argv.length }
}

function takesNextAsValue(argument: string): boolean {
  if (argument.startsWith('--'))
    return flagList.some((flag) => flag.long === argument && flag.value !== undefined)
  // The last of a bundle of short flags may take a value: `-qo FILE`.
  for (let i = 1; i < argument.length; i++) {
    const flag = flagList.find(({ short }) => short === `-${argument[i]}`)
    if (flag?.value !== undefined) return i === argument.length - 1
  }
  return false
}

const flagList: readonly Flag[] = Object.values(flags)

function namedCommand(word: string | undefined, commands: readonly Command[]): Command | null {
  if (word === undefined || word.startsWith('-')) return null
  const found = commands.find(({ name }) => name === word)
  if (found !== undefined) return found
  const near = mistypedCommand(word, commands)
  throw new SdinspectError('usage/arguments', `there is no command called ${JSON.stringify(word)}`, {
    hint: near === undefined ? 'sdinspect --help lists the commands' : `did you mean ${near}?`,
  })
}
