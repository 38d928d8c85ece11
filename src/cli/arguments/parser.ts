import { Argument, Command as Commander, CommanderError, Option } from 'commander'
import { SdinspectError } from '../../errors.ts'
import type { Command } from '../command.ts'
import type { Flag } from './flag.ts'
import { type FlagName, flags } from './flags.ts'
import { itemLines } from './help-item.ts'
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

/** The parser of one command, which is also what prints its help, in so many columns. */
export function parserOf(command: Command, columns = 80): Commander {
  const parser = new Commander(`sdinspect ${command.name}`)
    .description(command.summary)
    .helpOption('-h, --help', 'show this help')
    .configureHelp({
      helpWidth: columns,
      minWidthToWrap: 0,
      optionDescription: ({ description }) => description,
      formatItem: (term, width, what) => itemLines(term, what, width + 2, columns).trimEnd(),
    })
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
  const { spellings } = flag
  if (spellings !== undefined) {
    const { parseArg } = option
    option.argParser((value, before) => parseArg?.call(option, spellings[value] ?? value, before))
  }
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
  const said = first.replace(/^error: /, '').replace(/\.$/, '')
  const guess = /Did you mean (?:one of )?(.*)\?/.exec(more.join(' '))?.[1]
  return new SdinspectError('usage/arguments', inOwnWords(said, command), {
    hint: guess === undefined ? hintFor(said, command) : `did you mean ${guess}?`,
  })
}

const noOperand = /^missing required argument '(.*)'$/
const noValue = /^option '(?:-\w, )?(--\S+) <(.*)>' argument missing$/
const otherValue = /^option '(?:-\w, )?(--\S+) <.*>' argument '(.*)' is invalid\. Allowed choices are (.*)$/
const otherOperand =
  /^command-argument value '(.*)' is invalid for argument '(.*)'\. Allowed choices are (.*)$/
const noOption = /^unknown option '(.*)'$/

function inOwnWords(said: string, command: Command): string {
  const usage = `sdinspect ${command.name} ${command.operands.map(({ name }) => name).join(' ')}`
  const [, operand] = noOperand.exec(said) ?? []
  if (operand !== undefined) return `${command.name} needs a <${operand}>: ${usage}`
  const [, flag, value] = noValue.exec(said) ?? []
  if (flag !== undefined) return `${flag} takes a value, ${flag} ${value}, and there is none`
  const [, of, given, choices] = otherValue.exec(said) ?? []
  if (of !== undefined) return `${of} takes ${choices}, and not ${JSON.stringify(given)}`
  const [, word, name, words] = otherOperand.exec(said) ?? []
  return name === undefined ? said : `${command.name} takes ${words}, and not ${JSON.stringify(word)}`
}

function hintFor(said: string, command: Command): string {
  const [, option] = noOption.exec(said) ?? []
  if (option === '-v' || option === '-V') return 'sdinspect --version tells the version'
  if (said.startsWith("option '-f, --format") && said.includes("argument 'html'"))
    return 'sdinspect report writes a page of HTML'
  return `sdinspect ${command.name} --help says more`
}
