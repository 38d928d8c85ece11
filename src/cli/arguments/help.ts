import { defaultLimits } from '../../limits.ts'
import type { Command } from '../command.ts'
import { parserOf } from './parser.ts'

/** Of a terminal that nobody made wider. */
const columns = 80

/** Help of one command: usage, flags, examples. */
export function commandHelp(command: Command): string {
  return (
    parserOf(command).helpInformation() +
    (command.flags.includes('limits') ? limitLines() : '') +
    exampleLines([command])
  )
}

/** What `--limit` takes, with what each limit is. */
function limitLines(): string {
  const lines = ['']
  for (const [name, value] of Object.entries(defaultLimits)) {
    const limit = `${name}=${value}`
    const last = lines.at(-1) as string
    if (last !== '' && last.length + 2 + limit.length <= columns)
      lines[lines.length - 1] = `${last}, ${limit}`
    else lines.push(`  ${limit}`)
  }
  return `\nLimits, and what they are without --limit:${lines.join('\n')}\n`
}

/** Help of the whole program. */
export function programHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2
  return `sdinspect tells what is in a checkpoint: its module tree, which tensors are
parameters and which are buffers, how many are trainable, and how that is known.

Usage: sdinspect <path...>
       sdinspect <command> [flags] <path...>

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}\n`).join('')}
sdinspect <command> --help shows the flags of a command.
A path is a file, a folder, an index, a glob in quotes, or - for standard input;
after -- everything is a path, and a file that is called like a command is ./ls.

Exit code: 0 fine, 1 the checkpoint is at fault, 2 could not be checked (usage,
not found, a limit).
${exampleLines(commands.slice(0, 2))}`
}

function exampleLines(commands: readonly Command[]): string {
  const examples = commands.flatMap(({ name, examples }, index) =>
    examples.map(
      ([line, what]) => [index === 0 && name === 'inspect' ? line : `${name} ${line}`, what] as const,
    ),
  )
  if (examples.length === 0) return ''
  const width = Math.max(...examples.map(([line]) => line.length)) + 2
  const before = '  sdinspect '.length + width
  const fits = examples.every(([, what]) => before + what.length <= columns)
  const text = examples.map(([line, what]) =>
    fits ? `  sdinspect ${line.padEnd(width)}${what}\n` : `  sdinspect ${line}\n      ${what}\n`,
  )
  return `\nExamples:\n${text.join('')}`
}
