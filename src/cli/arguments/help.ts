import { defaultLimits } from '../../limits.ts'
import { wrapped } from '../../render/width.ts'
import type { Command } from '../command.ts'
import { itemLines } from './help-item.ts'
import { parserOf } from './parser.ts'

/** Of a pipe, and of a terminal that nobody made wider. */
const usualColumns = 80

/** Help of one command: usage, flags, examples. */
export function commandHelp(command: Command, columns = usualColumns): string {
  return (
    parserOf(command, columns).helpInformation() +
    (command.flags.includes('limits') ? limitLines(command, columns) : '') +
    exampleLines([command], columns)
  )
}

/** What `--limit` takes, with what each limit is: told in the help of one command, where it does not hide the rest. */
function limitLines({ name }: Command, columns: number): string {
  if (name !== 'inspect') return paragraph('Limits for --limit: sdinspect inspect --help', columns)
  const limits = Object.entries(defaultLimits).map(([limit, value]) => `${limit}=${value}`)
  const lines = wrapped(limits.join(', '), columns - 2).map((line) => `  ${line}\n`)
  return `${paragraph('Limits, and what they are without --limit:', columns)}${lines.join('')}`
}

/** Help of the whole program. */
export function programHelp(commands: readonly Command[], columns = usualColumns): string {
  return [
    paragraph(
      'sdinspect tells what is in a checkpoint: its module tree, which tensors are parameters and which are buffers, how many are trainable, and how that is known.',
      columns,
    ).trimStart(),
    columns < 46
      ? '\nUsage:\n  sdinspect <path...>\n  sdinspect <command> [flags] <path...>\n'
      : '\nUsage: sdinspect <path...>\n       sdinspect <command> [flags] <path...>\n',
    '\nCommands:\n',
    ...commands.map(({ name, summary }) => itemLines(name, summary, nameWidth(commands), columns)),
    paragraph('sdinspect <command> --help shows the flags of a command.', columns),
    ...hanging(
      'A path is a file, a folder, an index, a glob in quotes, or - for standard input; after -- everything is a path, and a file that is called like a command is ./ls.',
      columns,
    ),
    paragraph(
      'Exit code: 0 fine, 1 the checkpoint is at fault, 2 could not be checked (usage, not found, a limit).',
      columns,
    ),
    exampleLines(commands.slice(0, 2), columns),
  ].join('')
}

const nameWidth = (commands: readonly Command[]) => Math.max(...commands.map(({ name }) => name.length)) + 2

const hanging = (text: string, columns: number) => wrapped(text, columns).map((line) => `${line}\n`)

const paragraph = (text: string, columns: number) => `\n${hanging(text, columns).join('')}`

function exampleLines(commands: readonly Command[], columns: number): string {
  const examples = commands.flatMap(({ name, examples }, index) =>
    examples.map(
      ([line, what]) => [index === 0 && name === 'inspect' ? line : `${name} ${line}`, what] as const,
    ),
  )
  if (examples.length === 0) return ''
  const width = 'sdinspect '.length + Math.max(...examples.map(([line]) => line.length)) + 2
  const fits = examples.every(([, what]) => 2 + width + what.length <= columns)
  // A command is not broken: it is there to be copied.
  const text = examples.map(([line, what]) =>
    itemLines(`sdinspect ${line}`.trimEnd(), what, fits ? width : 0, columns),
  )
  return `\nExamples:\n${text.join('')}`
}
