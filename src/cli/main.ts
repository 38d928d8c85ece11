import { isSdinspectError, SdinspectError } from '../errors.ts'
import type { Look } from '../render/renderer.ts'
import { Traffic } from '../source/traffic.ts'
import { version } from '../version.ts'
import { mistypedCommand, parse, type Request } from './arguments/parse.ts'
import { attended } from './attended.ts'
import { calledAs } from './called-as.ts'
import type { Library } from './command.ts'
import { hiddenCommands } from './commands/hidden.ts'
import { commands } from './commands/index.ts'
import { isThere } from './files/is-there.ts'
import { workspaceOf } from './files/workspace-of.ts'
import { type ExitCode, Interrupted, type Interrupts, type Io } from './io.ts'
import { library as ownLibrary } from './library.ts'
import { directSink } from './output/direct-sink.ts'
import { exitCodeOfError } from './output/exit-code.ts'
import { lookOf } from './output/look.ts'
import { noOutput, type Output, streamOutput } from './output/output.ts'
import { streamSink } from './output/stream-sink.ts'
import { Talk } from './output/talk.ts'

/**
 * The command line: what `argv` asks for (without node and the script), answered on `io`.
 *
 * @returns the exit code; nothing that goes wrong is thrown
 */
export async function main(
  argv: readonly string[],
  io: Io,
  library: Library = ownLibrary,
): Promise<ExitCode> {
  const talk = new Talk(io.err)
  try {
    const isHidden = hiddenCommands.some(({ name }) => name === argv[0])
    const request = await parse(argv, isHidden ? hiddenCommands : commands).catch(commandOrPath(argv))
    if (request.ask === 'run') return await runCommand(request, io, library)
    const sink = request.ask === 'help' && !request.asked ? io.err : io.out
    const look = lookOf(sink, io.env, { color: 'never', ascii: false })
    await streamOutput(sink, look).write([await answerTo(request, look)])
    return request.ask === 'help' && !request.asked ? 2 : 0
  } catch (error) {
    await talk.error(error)
    return exitCodeOfError(error)
  }
}

async function answerTo(request: Exclude<Request, { ask: 'run' }>, { columns }: Look): Promise<string> {
  if (request.ask === 'version') return `${version}\n`
  const { commandHelp, programHelp } = await import('./arguments/help.ts')
  return request.command === null
    ? programHelp(commands, columns ?? undefined)
    : commandHelp(request.command, columns ?? undefined)
}

async function runCommand(
  request: Extract<Request, { ask: 'run' }>,
  io: Io,
  realLibrary: Library,
): Promise<ExitCode> {
  const { command, operands, options } = request
  const traffic = new Traffic()
  const begun = Date.now()
  const library = attended(realLibrary, io, options, traffic)
  const answer = (output: Output): Promise<ExitCode> => {
    const view = async (format: string = options.format, look: Look = output.look) => {
      const makeView = command.views[format]
      // The parser has seen to it that there is such a view.
      if (makeView === undefined) throw new Error(`${command.name} has no view ${format}`)
      return makeView({
        look,
        options: { ...options, workspace: workspaceOf(io.env), calledAs: calledAs(io) },
      })
    }
    return command.run({ operands, options, view, io, library, talk, commands, output })
  }
  if (!request.named) await refuseMistyped(operands[0] as string)
  const talk = new Talk(io.err, options.ascii)
  const look = lookOf(options.output === null ? io.out : aFile, io.env, options)
  try {
    if (options.output === null)
      return await answer(options.quiet ? noOutput(look) : streamOutput(io.out, look))
    const { fileOutput } = await import('./output/file-output.ts')
    return await fileOutput({ by: '--output', path: options.output }, operands, look, answer)
  } finally {
    if (traffic.requests > 0 && !options.quiet) {
      const { costText } = await import('./output/cost-text.ts')
      await talk.note(costText(traffic, Date.now() - begun))
    }
  }
}

/** A first word that is no file and nearly a command is a slip, and is not taken for a path. */
async function refuseMistyped(word: string): Promise<void> {
  const meant = word === 'version' ? '--version' : mistypedCommand(word, commands)
  if (meant === undefined || (await isThere(word))) return
  throw new SdinspectError('usage/arguments', `there is no command or file called ${JSON.stringify(word)}`, {
    hint: `did you mean ${meant}?`,
  })
}

/** Of a command that lacks its path: that what is called like it is meant, where there is such a file or folder. */
function commandOrPath(argv: readonly string[]): (error: unknown) => Promise<never> {
  return async (error) => {
    const [word = ''] = argv
    const isMeant =
      argv.length === 1 &&
      isSdinspectError(error, 'usage/arguments') &&
      commands.some(({ name }) => name === word)
    if (!isMeant || !(await isThere(word))) throw error
    throw new SdinspectError(error.code, error.message, {
      hint: `for what is called ${word} here write ./${word}`,
    })
  }
}

/** A file is no terminal: no colour unless it is forced, nothing cut. */
const aFile = { isTTY: false, columns: undefined }

interface RunOptions {
  /** The command line, where it is not that of the process. */
  readonly argv?: readonly string[]
  /** Has the engine optimise what is run from now on: see {@link Io.onMuch}. */
  readonly optimise?: () => void
}

/** Runs a command line and sets the exit code of the process. */
export async function run(
  proc: NodeJS.Process,
  { argv = proc.argv.slice(2), optimise }: RunOptions = {},
): Promise<void> {
  const out = directSink(1) ?? streamSink(proc.stdout)
  const err = directSink(2) ?? streamSink(proc.stderr)
  const onMuch = optimise === undefined ? {} : { onMuch: optimise }
  const script = proc.argv[1] ?? ''
  const io: Io = { out, err, env: proc.env, interrupts: ctrlC(proc), terminal: proc, script, ...onMuch }
  // What nobody waits for can still fail, and would exit with 1: the checkpoint's fault.
  proc.on('uncaughtException', (error) => {
    new Talk(io.err).bug(error).finally(() => proc.exit(2))
  })
  const exitCode = await main(argv, io)
  if (exitCode === 130) dieOfCtrlC(proc)
  // Never process.exit after an answer: it cuts off what a slow pipe has not taken yet.
  proc.exitCode = exitCode
}

/** Dies of the signal, as what asked us to run wants to see: a shell shows 130, and a script ends with us. */
function dieOfCtrlC(proc: NodeJS.Process): void {
  if (proc.platform !== 'win32') proc.kill(proc.pid, 'SIGINT')
  else proc.exit(130)
}

function ctrlC(proc: NodeJS.Process): Interrupts {
  const controller = new AbortController()
  // Once: the next one finds nobody listening, and ends the process.
  const interrupt = () => {
    proc.off('SIGINT', interrupt)
    controller.abort(new Interrupted('interrupted'))
  }
  return {
    signal: controller.signal,
    listen: () => {
      proc.off('SIGINT', interrupt)
      if (!controller.signal.aborted) proc.on('SIGINT', interrupt)
    },
    ignore: () => void proc.off('SIGINT', interrupt),
  }
}
