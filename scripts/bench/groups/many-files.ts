import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Group, sdinspect } from '../bench.ts'
import { safetensorsFile } from '../files.ts'
import { interleaved, type Program, type Sample } from '../measure.ts'
import { over } from '../statistics.ts'
import type { Row } from '../table.ts'

const tensors = 1_000

export const manyFiles: Group = {
  name: 'files',
  title: 'Many files at once',
  against: `Against a start and as many times what one file of ${tensors.toLocaleString('en')} tensors costs beyond it.`,
  rows({ folder, quick }) {
    const count = quick ? 30 : 100
    const place = join(folder, 'many')
    mkdirSync(place)
    const files = Array.from({ length: count }, (_, index) =>
      safetensorsFile(join(place, `${index}.safetensors`), tensors),
    )
    const empty = safetensorsFile(join(folder, 'empty.safetensors'), 1)
    const locked = join(folder, 'many.lock')
    const fresh = join(folder, 'fresh.lock')
    const withoutFresh = (program: Program): Program => ({
      ...program,
      before: () => rmSync(fresh, { force: true }),
    })
    interleaved([sdinspect('lock', '--update', '--lock-file', locked, empty, ...files)], 0)
    const commands: readonly (readonly [string, (paths: readonly string[]) => Program])[] = [
      ['inspect', (paths) => sdinspect('inspect', ...paths)],
      ['ls', (paths) => sdinspect('ls', ...paths)],
      ['ls --json', (paths) => sdinspect('ls', '--json', ...paths)],
      ['params', (paths) => sdinspect('params', ...paths)],
      ['tree', (paths) => sdinspect('tree', ...paths)],
      ['check', (paths) => sdinspect('check', ...paths)],
      ['check, with a lock of all', (paths) => sdinspect('check', '--lock-file', locked, ...paths)],
      ['lock', (paths) => withoutFresh(sdinspect('lock', '--update', '--lock-file', fresh, ...paths))],
      ['lock --check', (paths) => sdinspect('lock', '--check', '--lock-file', locked, ...paths)],
    ]
    return commands.map(([title, program]): Row => {
      const [start, one, many] = interleaved(
        [program([empty]), program(files.slice(0, 1)), program(files)],
        quick ? 5 : 11,
      ) as [Sample[], Sample[], Sample[]]
      return {
        title: `${title}, ${count} files`,
        samples: many,
        ratio: over(
          [start, one, many],
          (none, single, all) => all / (none + count * Math.max(single - none, 0)),
        ),
        most: 1.15,
      }
    })
  },
}
