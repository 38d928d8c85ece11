import { Argument, Command as Commander, CommanderError, Option } from 'commander'
import { SdinspectError } from '../errors.ts'
import { nearest } from '../model/edit-distance.ts'
import type { Command } from './command.ts'
import type { Flag } from './flag.ts'
import { type FlagName, flags } from './flags.ts'
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
export function parse(argv: readonly string[], commands: readonly Command[]): Request {
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
  const parser = parserOf(command)
  try {
    parser.parse(rest, { from: 'user' })
  } catch (error) {
    throw error instanceof CommanderError ? usageError(error, command) : error
  }
  return {
    ask: 'run',
    command,
    named: named !== undefined || word === null,
    operands: parser.args,
    options: readOptions(parser.opts<RawOptions>()),
  }
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

/** The parser of one command, which is also what prints its help. */
export function parserOf(command: Command): Commander {
  const parser = new Commander(`sdinspect ${command.name}`)
    .description(command.summary)
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput({ writeOut() {}, writeErr() {}, outputError() {} })
    .allowExcessArguments(false)
    .action(() => {})
  for (const { name, help, choices } of command.operands) {
    const argument = new Argument(name, help)
    if (choices !== undefined) argument.choices(choices)
    parser.addArgument(argument)
  }
  for (const name of command.flags) parser.addOption(optionOf(name, command))
  return parser
}

function optionOf(name: FlagName, command: Command): Option {
  const flag: Flag = flags[name]
  const option = new Option(
    `${flag.short === undefined ? '' : `${flag.short}, `}${flag.long}${flag.value === undefined ? '' : ` <${flag.value}>`}`,
    flag.repeatable === true ? `${flag.help} (repeatable)` : flag.help,
  )
  const choices = name === 'format' ? Object.keys(command.views) : flag.choices
  if (choices !== undefined) option.choices(choices)
  if (flag.repeatable === true)
    option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
  return option
}

/** commander's message in this program's words: `error: unknown option '--jsn'\n(Did you mean --json?)`. */
function usageError(error: CommanderError, command: Command): SdinspectError {
  const [first = '', ...more] = error.message.split('\n')
  const message = first.replace(/^error: /, '').replace(/\.$/, '')
  const guess = /Did you mean (?:one of )?(.*)\?/.exec(more.join(' '))?.[1]
  return new SdinspectError('usage/arguments', message, {
    hint: guess === undefined ? `sdinspect ${command.name} --help says more` : `did you mean ${guess}?`,
  })
}
