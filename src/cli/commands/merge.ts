import { readFile } from 'node:fs/promises'
import { quoted, SdinspectError } from '../../errors.ts'
import { viewsOf } from '../../render/renderers.ts'
import type { StatisticsPartResult } from '../../render/results.ts'
import { systemError } from '../../source/system-error.ts'
import { command } from '../command.ts'
import { answering, looking } from '../flags.ts'
import { showEach } from '../show.ts'

export const merge = command({
  name: 'merge',
  summary: 'puts together what stats --part computed, on one machine or many',
  operands: [{ name: '<part...>', help: 'the answers of all parts, in any order' }],
  flags: [...answering, 'sortValues', 'depth', 'fold', 'all', ...looking],
  views: viewsOf('stats'),
  examples: [
    ['part-*.json --json', 'to the byte what stats --json gives in one run'],
    ['part-*.json --sort nan', 'the tensors with the most NaN and Inf first'],
    ['part-*.json -f csv > stats.csv', 'a table for a spreadsheet'],
  ],
  async run(call) {
    const { options, library, operands } = call
    const parts: StatisticsPartResult[] = []
    for (const path of operands) parts.push(await readPart(path))
    const [report, { sortedStatistics }] = await Promise.all([
      library.mergeStatistics(parts),
      import('../../model/sorted-statistics.ts'),
    ])
    const tensors = sortedStatistics(report.tensors, options.sortValues ?? 'order')
    const result = { ...report, tensors, listed: options.sortValues !== null }
    const outcomes = async function* () {
      yield { path: report.path, report: result }
    }
    return showEach(call, outcomes(), await call.view())
  },
})

/** @throws SdinspectError `usage/arguments` when the file is no answer of a part, `source/*` */
async function readPart(path: string): Promise<StatisticsPartResult> {
  const text = await readFile(path, 'utf8').catch((error) => {
    throw systemError(error, path)
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refused(path, 'is no JSON: was it written whole?')
  }
  const { command: asked, part, plan, slices } = (value ?? {}) as Record<string, unknown>
  if (asked !== 'stats' || part === undefined || plan === undefined || !Array.isArray(slices))
    throw refused(path, 'is no answer of stats --part')
  return value as StatisticsPartResult
}

function refused(path: string, why: string): SdinspectError {
  return new SdinspectError('usage/arguments', `${quoted(path)} ${why}`, { file: path })
}
