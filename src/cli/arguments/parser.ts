import { Argument, Command as Commander, CommanderError, Option } from 'commander'
import { SdinspectError } from '../../errors.ts'
import type { Command } from '../command.ts'
import type { Flag } from './flag.ts'
import { type FlagName, flags } from './flags.ts'
import type { RawOptions } from './options.ts'
import type { Parsed } from './parse.ts'

/**
 * What commander makes of `argv`.
 *
 * @throws SdinspectError `usage/arguments`
 */
export function parsed(command: Command, argv: readonly string[]): Parsed {
  const parser = parserOf(command)
  try {
    parser.parse(argv, { from: 'user' })
  } catch (error) {
    throw error instanceof CommanderError ? usageError(error, command) : error
  }
  return { operands: parser.args, raw: parser.opts<RawOptions>() }
}

/** The parser of one command, which is also what prints its help. */
export function parserOf(command: Command): Commander {
  const parser = new Commander(`sdinspect ${command.name}`)
    .description(command.summary)
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ optionDescription: ({ description }) => description })
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
    flagHelp(name, command),
  )
  const choices = choicesOf(name, command)
  if (choices !== undefined) option.choices(choices)
  if (flag.repeatable === true)
    option.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value])
  return option
}

/** The values a flag takes in a command, where they are few. */
export function choicesOf(name: FlagName, command: Command): readonly string[] | undefined {
  return name === 'format' ? Object.keys(command.views) : (flags[name] as Flag).choices
}

/** What help says of a flag: `how to answer (text, json, csv; default: text)`. */
export function flagHelp(name: FlagName, command: Command): string {
  const { help, repeatable, fallback }: Flag = flags[name]
  const choices = choicesOf(name, command)
  const more = [
    ...(choices === undefined ? [] : [choices.join(', ')]),
    ...(repeatable === true ? ['repeatable'] : []),
    ...(fallback === undefined || (choices !== undefined && !choices.includes(fallback))
      ? []
      : [`default: ${fallback}`]),
  ]
  return more.length === 0 ? help : `${help} (${more.join('; ')})`
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
