import type { Asked, Browsed } from '../../browse/browsed.ts'
import { SdinspectError } from '../../errors.ts'
import type { Report, StateDictReport } from '../../model/report.ts'
import type { OpenCheckpoint } from '../../node.ts'
import { count } from '../../render/text.ts'
import { caching, looking, reading } from '../arguments/flags.ts'
import type { SaidFlag } from '../arguments/said.ts'
import { isCi } from '../ci.ts'
import { type Call, command } from '../command.ts'
import type { ExitCode } from '../io.ts'

type BrowseCall = Call<'at' | 'atB' | 'keepHeaders' | 'limits' | 'config' | 'ascii' | SaidFlag>

export const browse = command({
  name: 'browse',
  summary: 'looks through a checkpoint, or two side by side, at a terminal',
  operands: [
    { name: '<path>', help: 'a file, a folder, an index' },
    { name: '[other]', help: 'another, to see what became of the first' },
  ],
  flags: ['at', 'atB', ...reading, ...caching, ...looking],
  views: {},
  examples: [
    ['model.safetensors', 'arrows to move, / to find, v to read values, ? for all keys'],
    ['before.pt after.safetensors', 'two side by side; d shows only what differs'],
    ['checkpoint.ckpt --at ema', 'another state dict of the file'],
  ],
  async run(call) {
    const { operands, io } = call
    const { TerminalSession } = await import('../output/terminal-session.ts')
    const { terminal } = io
    if (!TerminalSession.canBeOn(terminal))
      throw new SdinspectError(
        'usage/arguments',
        io.env.TERM === 'dumb'
          ? 'browse needs a terminal whose cursor can be moved, and TERM says that this is none (dumb)'
          : 'browse needs a terminal to read keys from and to draw on',
        {
          hint: `print the tree: sdinspect tree ${operands[0]}`,
        },
      )
    const closing: (() => Promise<void>)[] = []
    try {
      return await look(call, terminal, closing)
    } finally {
      for (const close of closing) await close()
    }
  },
})

/** Looks through what there is until somebody leaves. */
async function look(
  call: BrowseCall,
  terminal: NodeJS.Process,
  closing: (() => Promise<void>)[],
): Promise<ExitCode> {
  const browsed = await browsedOf(call, closing)
  const [{ Browser }, { Screen }, { loadTheme }] = await Promise.all([
    import('../../browse/browser.ts'),
    import('../../browse/screen.ts'),
    import('../../render/terminal/theme.ts'),
  ])
  const { TerminalSession } = await import('../output/terminal-session.ts')
  const session = new TerminalSession(terminal)
  const screen = new Screen(await loadTheme({ ...call.output.look, columns: null }))
  const browser = new Browser(browsed, () => session.draw())
  try {
    await session.run({
      lines: (size) => screen.lines(browser, size),
      press: (key) => browser.press(key),
      get isBusy() {
        return browser.isBusy
      },
      work: () => browser.work(),
    })
  } finally {
    browser.close()
  }
  return 0
}

async function browsedOf(call: BrowseCall, closing: (() => Promise<void>)[]): Promise<Browsed> {
  const [path, other] = call.operands as [string, string | undefined]
  if (other === undefined) {
    const { OneCheckpoint } = await import('../../browse/one-checkpoint.ts')
    const { report, asked } = await opened(call, path, closing)
    const wanted = await chosen(report, call.options.at, path)
    const rest = report.stateDicts.filter((one) => one !== wanted)
    return new OneCheckpoint(report, [wanted, ...rest], asked)
  }
  const [{ TwoCheckpoints }, { tensorPairing }] = await Promise.all([
    import('../../browse/two-checkpoints.ts'),
    import('../../compare/pairing/tensor-pairing.ts'),
  ])
  const sides = []
  for (const [operand, at] of [
    [path, call.options.at],
    [other, call.options.atB ?? call.options.at],
  ] as const) {
    const { report, asked } = await opened(call, operand, closing)
    const stateDict = await chosen(report, at, operand)
    // The pairing takes the state dict of a report; another that was asked for is the only one left.
    sides.push({ report: { ...report, stateDicts: [stateDict] }, stateDict, asked })
  }
  const [a, b] = sides as [(typeof sides)[number], (typeof sides)[number]]
  const pairing = await told(call, sides, () => tensorPairing(a.report, b.report))
  if (pairing === null) throw new SdinspectError('usage/state-dict', 'one of the two has nothing to compare')
  return new TwoCheckpoints(a, b, pairing)
}

/** Tensors that take seconds to compare. */
const manyTensors = 100_000

/** What `compare` comes to. Where that takes long, a line says what is done meanwhile. */
async function told<T>(
  { io, options }: BrowseCall,
  sides: readonly { readonly stateDict: StateDictReport }[],
  compare: () => T,
): Promise<T> {
  const tensors = sides.reduce((sum, { stateDict: { totals } }) => sum + totals.stored.tensors, 0)
  if (tensors < manyTensors || !io.err.isTTY) return compare()
  await io.err.write(`comparing ${count(tensors)} tensors${options.ascii ? '...' : '…'}`)
  try {
    return compare()
  } finally {
    // The line is erased: ECMA-48 EL.
    await io.err.write('\r\x1b[2K')
  }
}

async function chosen(report: Report, at: string | null, path: string): Promise<StateDictReport> {
  const { chosenStateDict } = await import('../../model/select.ts')
  const stateDict = chosenStateDict(report.stateDicts, at)
  if (stateDict !== null) return stateDict
  throw new SdinspectError('usage/state-dict', 'there is no state dict in the checkpoint', { file: path })
}

/** The only checkpoint at a path, and what may be asked of it. It stays open until `closing` closes it. */
async function opened(
  call: BrowseCall,
  path: string,
  closing: (() => Promise<void>)[],
): Promise<{ readonly report: Report; readonly asked: Asked }> {
  if (path === '-')
    throw new SdinspectError('usage/arguments', 'browse reads keys from standard input, and no checkpoint', {
      hint: 'write it to a file first',
    })
  const { library, options } = call
  const { limits, keepHeaders } = options
  const [{ OpenAsked }, { saidBy }] = await Promise.all([
    import('../pages/browse-asked.ts'),
    import('../arguments/said.ts'),
  ])
  const said = await saidBy(call)
  let found: OpenCheckpoint | undefined
  for await (const one of library.openEach([path], {
    limits,
    keepHeaders,
    plainNames: !isCi(call.io.env),
    ...said,
  })) {
    if ('error' in one) throw one.error
    closing.push(() => one.opened.close())
    if (found !== undefined)
      throw new SdinspectError(
        'usage/arguments',
        `there are several checkpoints: ${JSON.stringify(found.report.path)}, ${JSON.stringify(one.path)}`,
        { file: path, hint: 'give one of them' },
      )
    found = one.opened
  }
  if (found === undefined)
    throw new SdinspectError('source/no-checkpoint', 'there is no checkpoint', { file: path })
  const { report, checkpoint } = found
  const { statementsFor, ...plain } = said
  const statements = statementsFor?.({ path: report.path, files: checkpoint.files })
  return { report, asked: new OpenAsked(found, { ...plain, statements }) }
}
