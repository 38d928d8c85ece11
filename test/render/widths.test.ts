import { describe, expect, it } from 'vitest'
import { checkpointOf, readTruth } from '../../scripts/accuracy/truth.ts'
import { inspectCheckpoint } from '../../src/inspect.ts'
import type { Report } from '../../src/model/report.ts'
import { viewsOf } from '../../src/render/renderers.ts'
import { displayWidth } from '../../src/render/width.ts'

const options = { depth: null, fold: true, at: null, showSuppressed: false, tensors: false, contents: false }
const models = [...readTruth('fixtures/truth')].filter((_, index) => index % 4 === 0)
const reports = models.map((model) =>
  inspectCheckpoint(checkpointOf(model, 'dropped'), { path: `${model.model}.safetensors` }),
)

async function linesAt(report: Report, columns: number, tensors = false): Promise<readonly string[]> {
  const view = await viewsOf('inspect').text?.({
    look: { color: 0, columns, ascii: false, interactive: false },
    options: { ...options, tensors },
  })
  if (view?.as !== 'text') throw new Error('inspect has no text')
  return [...view.text(report, false)].join('').split('\n')
}

/** A path that is longer than a line stands alone: broken it could not be copied. */
const isWithin = (line: string, columns: number) => displayWidth(line) <= columns || /^[^ ]+$/.test(line)

describe.each([40, 48, 60, 72, 80, 100, 120, 132, 160, 200])('%d columns', (columns) => {
  it('hold every line of every model, and no number is cut', async () => {
    for (const report of reports)
      for (const line of await linesAt(report, columns)) {
        expect([line, isWithin(line, columns)]).toEqual([line, true])
        expect(line).not.toMatch(/\d…|[×→]…/)
      }
  })
})

describe.each([40, 60, 80, 100, 162])('%d columns and every tensor', (columns) => {
  it('lose no name', async () => {
    for (const [index, report] of reports.entries())
      for (const tensors of index % 4 === 0 ? [false, true] : [false])
        for (const line of await linesAt(report, columns, tensors)) {
          expect([line, isWithin(line, columns)]).toEqual([line, true])
          // What is left out is said after a space, or after whole names: `~Conv2d …`, `~RMSNorm|…`.
          expect(line).not.toMatch(/[^ |]…(?! more line)/)
        }
  })
})

it('leaves out what does not fit, and says so', async () => {
  const [report] = reports.filter(({ stateDicts }) => (stateDicts[0]?.tensors.length ?? 0) > 200)
  const narrow = (await linesAt(report as Report, 80)).join('\n')
  const wide = (await linesAt(report as Report, 160)).join('\n')
  expect(narrow).toMatch(/each [\d,]+/)
  expect(wide.match(/each [\d,]+ {2}\d+ tensors/g)?.length).toBeGreaterThan(0)
})
