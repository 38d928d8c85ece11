import { SdinspectError } from '../../errors.ts'
import type { Report } from '../../model/report.ts'
import { viewsOf } from '../../render/renderers.ts'
import { answering, caching, looking, narrowing, reading } from '../arguments/flags.ts'
import { Narrowing } from '../arguments/narrowing.ts'
import { manyPaths } from '../arguments/operands.ts'
import type { Options } from '../arguments/options.ts'
import { calledAs } from '../called-as.ts'
import { type Call, type Command, command } from '../command.ts'
import { reports, showEach } from '../output/show.ts'

interface About extends Pick<Command, 'name' | 'summary' | 'examples'> {
  /** How it is shown. */
  readonly result: 'inspect' | 'tree' | 'ls'
  /** Flags besides those that all such commands have. */
  readonly flags: readonly ('depth' | 'fold' | 'sort' | 'memory' | 'all')[]
  /** Whether it is about one state dict of each checkpoint. */
  readonly ofOneStateDict: boolean
  /** What is shown of a report, of what the flags left. */
  arrange?(options: Pick<Options, 'sort'>): Promise<(report: Report) => Report>
}

/** A command that shows the report of every checkpoint it is given, or a part of it. */
export function reportCommand({
  result,
  flags,
  ofOneStateDict,
  arrange = async () => (report) => report,
  ...about
}: About): Command {
  return command({
    ...about,
    operands: [manyPaths],
    flags: [...answering, ...flags, 'originalNames', ...narrowing, ...reading, ...caching, ...looking],
    views: viewsOf(result),
    async run(call) {
      const narrow = new Narrowing(call.options, call.talk)
      const [arranged, view] = await Promise.all([arrange(call.options), call.view()])
      refuseSorting(result, call.options, view.as === 'text')
      const isForPeople = view.as === 'text' && view.forPeople === true
      const which = ofOneStateDict ? 'one' : isForPeople ? 'all' : 'asked'
      const shown = reports(call, (report) => {
        const left = narrow.apply(report, which)
        refuseUnknownSizes(left, call.options)
        return arranged(left)
      })
      const exitCode = narrow.finish(await showEach(call, shown, narrow.shown(view)))
      if (isForPeople && result === 'inspect') await tellBelow(call)
      return exitCode
    },
  })
}

/** Says which folders below have checkpoints that are not shown, as those of a training run do. */
async function tellBelow({
  operands,
  options,
  talk,
  library,
  io,
}: Pick<Call<'limits'>, 'operands' | 'options' | 'talk' | 'library' | 'io'>): Promise<void> {
  for (const path of operands) {
    const below = (await library.foldersWithCheckpoints?.(path, options)) ?? []
    const [first] = below
    if (first === undefined) continue
    const names = below.length <= mostTold ? below.join(', ') : `${first} … ${below.at(-1)}`
    const which = below.length === 1 ? 'a folder' : `${below.length} folders`
    const inner = `${path.replace(/\/+$/, '')}/${below.at(-1)}`
    await talk.note(
      `${path}: ${which} below with checkpoints of their own: ${names}; ${calledAs(io)} ${inner} shows one`,
    )
  }
}

/** Folders that are told by name. */
const mostTold = 6

/** A report is in the order of the file, which is a fact of it: only lists for people can be sorted. */
function refuseSorting(
  result: About['result'],
  { sort, format }: Pick<Options, 'sort' | 'format'>,
  isText: boolean,
): void {
  if ((sort ?? null) === null || result === 'ls' || (isText && !(result === 'inspect' && format === 'md')))
    return
  throw new SdinspectError(
    'usage/arguments',
    `--sort is for what people read, and ${format} is the file's own order`,
    {
      hint: 'sort the list: sdinspect ls --sort',
    },
  )
}

/** Sizes that no tensor has are no order. */
function refuseUnknownSizes({ stateDicts }: Report, { sort }: Pick<Options, 'sort'>): void {
  if (sort !== 'bytes') return
  const tensors = stateDicts.map((stateDict) => stateDict.tensors)
  if (tensors.every((list) => list.length === 0)) return
  if (tensors.some((list) => list.some(({ bytes }) => bytes !== null))) return
  throw new SdinspectError('usage/arguments', '--sort bytes: the file records no dtypes, and so no sizes', {
    hint: 'sort by the number of elements: --sort params',
  })
}
