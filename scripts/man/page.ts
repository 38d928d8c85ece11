import type { Flag } from '../../src/cli/arguments/flag.ts'
import { type FlagName, flags } from '../../src/cli/arguments/flags.ts'
import { flagHelp } from '../../src/cli/arguments/parser.ts'
import type { Command } from '../../src/cli/command.ts'

/** What a manual page is made of. */
export interface Manual {
  readonly version: string
  readonly commands: readonly Command[]
  readonly limits: readonly { readonly name: string; readonly value: number; readonly reason: string }[]
}

/** sdinspect(1): the table of commands and flags that the help is made of too, as `man` reads it. */
export function manualPage({ version, commands, limits }: Manual): string {
  const names = [...new Set(commands.flatMap((command) => command.flags))]
  const lines = [
    '.\\" Written by npm run docs from the table of commands and flags.',
    `.TH SDINSPECT 1 "" "sdinspect ${version}" "User Commands"`,
    '.SH NAME',
    'sdinspect \\- what is in a checkpoint, and is it what it should be?',
    '.SH SYNOPSIS',
    '.B sdinspect',
    '.I path ...',
    '.br',
    '.B sdinspect',
    '.I command',
    '.RI [ flags ]',
    '.I path ...',
    '.SH DESCRIPTION',
    ...paragraph(
      'Tells what is in a checkpoint: its module tree, which tensors are parameters and which are buffers, how many are trainable, and how that is known. It needs no Python, reads headers and not weights, and runs nothing that is found in a file.',
    ),
    '.PP',
    ...paragraph(
      'A path is a file, a folder, an index, a glob in quotes, an address (https://...), a model of the Hugging Face Hub (hf://org/model), or - for standard input. After -- everything is a path.',
    ),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH FLAGS',
    ...paragraph('A flag means the same in every command that has it.'),
    ...names.flatMap((name) => flagLines(name, commands)),
    '.TP',
    '.BR \\-h ", " \\-\\-help',
    'show the flags of a command',
    '.TP',
    '.BR \\-V ", " \\-\\-version',
    'show the version',
    '.SH LIMITS',
    ...paragraph(
      'Each may be changed with --limit NAME=VALUE. A limit that is reached is an error that names it.',
    ),
    ...limits.flatMap(({ name, value, reason }) => ['.TP', bold(`${name}=${value}`), ...paragraph(reason)]),
    '.SH EXIT STATUS',
    ...terms([
      ['0', 'fine'],
      ['1', 'the checkpoint is at fault'],
      ['2', 'it could not be checked: usage, a file that cannot be read, a limit. 2 wins over 1'],
      ['130', 'interrupted'],
    ]),
    '.SH ENVIRONMENT',
    ...terms([
      ['NO_COLOR, FORCE_COLOR', 'no colours where it is not empty; colours where they would be left out'],
      ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'the proxies that addresses are asked through'],
      ['HF_TOKEN, HF_TOKEN_PATH', 'what opens models of the Hub that are not public'],
      ['HF_HOME, HF_HUB_CACHE, HF_ENDPOINT', 'where the cache of the Hub is, and the Hub itself'],
    ]),
    '.SH FILES',
    ...terms([
      ['sdinspect.yaml', 'the policy of check, here or above, up to the git root'],
      ['sdinspect.lock', 'what was agreed that a checkpoint is: sdinspect lock writes it'],
    ]),
  ]
  return `${lines.join('\n')}\n`
}

/** Short enough to be typed: a flag, and what its value is called. */
function spelled({ short, long, value }: Flag): string {
  const of = value === undefined ? '' : ` \\fI${escaped(value)}\\fR`
  return `${short === undefined ? '' : `\\fB${escaped(short)}\\fR, `}\\fB${escaped(long)}\\fR${of}`
}

function commandLines(command: Command): string[] {
  const { name, summary, operands, flags: own, views, examples } = command
  const formats = own.includes('format') ? [`Formats: ${Object.keys(views).join(', ')}.`] : []
  const takes = own.map((key) => flags[key].long)
  return [
    `.SS "${escaped([name, ...operands.map((operand) => operand.name)].join(' '))}"`,
    ...paragraph(`${summary}.`),
    ...operands.flatMap(({ name: operand, help, choices }) => [
      '.TP',
      bold(operand),
      ...paragraph(choices === undefined ? help : `${help}: ${choices.join(', ')}`),
    ]),
    '.PP',
    ...paragraph([`Flags: ${takes.join(', ')}.`, ...formats].join(' ')),
    '.PP',
    'Examples:',
    ...examples.flatMap(([line, what]) => [
      '.TP',
      bold(`sdinspect ${name === 'inspect' ? '' : `${name} `}${line}`.trimEnd()),
      ...paragraph(what),
    ]),
  ]
}

/** A flag, and the commands that have it where others have another of its name. */
function flagLines(name: FlagName, commands: readonly Command[]): string[] {
  const flag: Flag = flags[name]
  const having = commands.filter((command) => command.flags.includes(name))
  const isAlone = Object.values<Flag>(flags).filter(({ long }) => long === flag.long).length === 1
  const of = isAlone ? '' : `In ${having.map((command) => command.name).join(', ')}: `
  // The formats differ from command to command, and stand with each.
  const text =
    name === 'format' ? `${flag.help} (default: ${flag.fallback})` : flagHelp(name, having[0] as Command)
  return ['.TP', spelled(flag), ...paragraph(`${of}${text}`)]
}

function terms(pairs: readonly (readonly [string, string])[]): string[] {
  return pairs.flatMap(([term, text]) => ['.TP', bold(term), ...paragraph(text)])
}

const bold = (text: string): string => `\\fB${escaped(text)}\\fR`

/** A line of text, which begins with nothing that roff takes for a request. */
function paragraph(text: string): string[] {
  const line = escaped(text)
  return [/^[.']/.test(line) ? `\\&${line}` : line]
}

/** Text as roff shows it: its own backslashes, hyphens that can be copied, straight quotes. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('"', '\\(dq')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll('`', '\\(ga')
}
