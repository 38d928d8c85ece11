import type { Asked, Browsed } from '../../browse/browsed.ts'
import { SdinspectError } from '../../errors.ts'
import type { Checkpoint } from '../../model/checkpoint.ts'
import type { Report, StateDictReport } from '../../model/report.ts'
import type { Values } from '../../model/values.ts'
import { type Call, command } from '../command.ts'
import { caching, looking, reading } from '../flags.ts'
import type { SaidFlag } from '../said.ts'

type BrowseCall = Call<'at' | 'atB' | 'keepHeaders' | 'limits' | 'config' | SaidFlag | 'ascii'>

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
  ],
  async run(call) {
    const { operands, io, output } = call
    const { TerminalSession } = await import('../terminal-session.ts')
    const { terminal } = io
    if (!TerminalSession.canBeOn(terminal))
      throw new SdinspectError(
        'usage/arguments',
        'browse needs a terminal to read keys from and to draw on',
        {
          hint: `print the tree: sdinspect tree ${operands[0]}`,
        },
      )
    const browsed = await browsedOf(call)
    const [{ Browser }, { Screen }, { loadTheme }] = await Promise.all([
      import('../../browse/browser.ts'),
      import('../../browse/screen.ts'),
      import('../../render/terminal/theme.ts'),
    ])
    const session = new TerminalSession(terminal)
    const screen = new Screen(await loadTheme({ ...output.look, columns: null }))
    const browser = new Browser(browsed, () => session.draw())
    try {
      await session.run({
        lines: (size) => screen.lines(browser, size),
        press: (key) => browser.press(key),
      })
    } finally {
      browser.close()
    }
    return 0
  },
})

async function browsedOf(call: BrowseCall): Promise<Browsed> {
  const [path, other] = call.operands as [string, string | undefined]
  if (other === undefined) {
    const { OneCheckpoint } = await import('../../browse/one-checkpoint.ts')
    const { report, asked } = await opened(call, path)
    const wanted = await chosen(report, call.options.at, path)
    const rest = report.stateDicts.filter((one) => one !== wanted)
    return new OneCheckpoint(report, [wanted, ...rest], asked)
  }
  const [{ TwoCheckpoints }, { tensorPairing }] = await Promise.all([
    import('../../browse/two-checkpoints.ts'),
    import('../../compare/tensor-pairing.ts'),
  ])
  const sides = []
  for (const [operand, at] of [
    [path, call.options.at],
    [other, call.options.atB ?? call.options.at],
  ] as const) {
    const { report, asked } = await opened(call, operand)
    const stateDict = await chosen(report, at, operand)
    // The pairing takes the state dict of a report; another that was asked for is the only one left.
    sides.push({ report: { ...report, stateDicts: [stateDict] }, stateDict, asked })
  }
  const [a, b] = sides as [(typeof sides)[number], (typeof sides)[number]]
  const pairing = tensorPairing(a.report, b.report)
  if (pairing === null) throw new SdinspectError('usage/state-dict', 'one of the two has nothing to compare')
  return new TwoCheckpoints(a, b, pairing)
}

async function chosen(report: Report, at: string | null, path: string): Promise<StateDictReport> {
  const { chosenStateDict } = await import('../../model/select.ts')
  const stateDict = chosenStateDict(report.stateDicts, at)
  if (stateDict !== null) return stateDict
  throw new SdinspectError('usage/state-dict', 'there is no state dict in the checkpoint', { file: path })
}

/** The only checkpoint at a path, and what may be asked of it. */
async function opened(
  call: BrowseCall,
  path: string,
): Promise<{ readonly report: Report; readonly asked: Asked }> {
  if (path === '-')
    throw new SdinspectError('usage/arguments', 'browse reads keys from standard input, and no checkpoint', {
      hint: 'write it to a file first',
    })
  const { library, options } = call
  const { limits, keepHeaders } = options
  const [{ inspectCheckpoint }, { saidBy }, { explain }] = await Promise.all([
    import('../../inspect.ts'),
    import('../said.ts'),
    import('../../explain.ts'),
  ])
  const said = await saidBy(call)
  let found: { readonly path: string; readonly checkpoint: Checkpoint } | undefined
  for await (const one of library.openPaths([path], { limits, keepHeaders, plainNames: true })) {
    if ('error' in one) throw one.error
    if (found !== undefined)
      throw new SdinspectError(
        'usage/arguments',
        `there are several checkpoints: ${JSON.stringify(found.path)}, ${JSON.stringify(one.path)}`,
        { file: path, hint: 'give one of them' },
      )
    found = one
  }
  if (found === undefined)
    throw new SdinspectError('source/no-checkpoint', 'there is no checkpoint', { file: path })
  const { checkpoint } = found
  const report = inspectCheckpoint(checkpoint, { path: found.path, ...said, limits })
  const { statementsFor, ...plain } = said
  const statements = statementsFor?.({ path: found.path, files: checkpoint.files })
  const stateDictOf = (at: string) => checkpoint.stateDicts.find((one) => one.path === at)
  return {
    report,
    asked: {
      explain(at, name) {
        const stateDict = stateDictOf(at)
        return stateDict === undefined
          ? []
          : explain(checkpoint, stateDict, (one) => one === name, { ...plain, statements })
      },
      placesOf(at, name) {
        const tensor = [...(stateDictOf(at)?.tensors ?? [])].find((one) => one.name === name)
        return tensor === undefined ? [] : placesOf(tensor.values)
      },
      statistics: (at, name, signal) => statisticsOf(call, report, { at, name, signal, fetches }),
    },
  }
}

/** Values at a distance whose bytes were told once: asked for again, they are fetched. */
const fetches = new Set<string>()

async function statisticsOf(
  { options: { limits } }: BrowseCall,
  { path }: Report,
  about: {
    readonly at: string
    readonly name: string
    readonly signal: AbortSignal
    readonly fetches: Set<string>
  },
) {
  const [{ library }, { selected }, { bytesText }] = await Promise.all([
    // Without the line on standard error that says how far reading is.
    import('../library.ts'),
    import('../../model/select.ts'),
    import('../../render/text.ts'),
  ])
  const { at, name, signal, fetches } = about
  const narrow = (report: Report): Report => ({
    ...report,
    stateDicts: report.stateDicts
      .filter((one) => one.path === at)
      .map((one) => selected(one, (of) => of === name)),
  })
  const beforeValues = async ({ bytes }: { readonly bytes: number }) => {
    const key = `${path}\0${at}\0${name}`
    if (fetches.has(key)) return
    fetches.add(key)
    throw new SdinspectError('usage/arguments', `press v again to fetch ${bytesText(bytes)}`)
  }
  for await (const outcome of library.statisticsPaths([path], { limits, narrow, signal, beforeValues })) {
    if ('error' in outcome) throw outcome.error
    const [uncovered] = outcome.report.coverage.uncovered
    if (outcome.report.tensors.length === 0 && uncovered !== undefined)
      throw new SdinspectError('source/unread', uncovered.reason)
    return outcome.report.tensors
  }
  return []
}

/** Chunks that are told one by one. */
const mostPlaces = 4

function placesOf(values: Values | string): readonly string[] {
  if (typeof values === 'string') return [`no values here: ${values}`]
  const { chunks } = values
  const places = chunks.slice(0, mostPlaces).map(({ file, offset, length, layers }) => {
    const packed = layers === undefined || layers.length === 0 ? '' : ', within an archive or packed'
    return `${file}: ${length.toLocaleString('en-US')} bytes from ${offset.toLocaleString('en-US')}${packed}`
  })
  return chunks.length > mostPlaces ? [...places, `and ${chunks.length - mostPlaces} more places`] : places
}
