import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Group, node, sdinspect } from '../bench.ts'
import { writeSafetensors } from '../files.ts'
import { interleaved, type Program, type Sample } from '../measure.ts'
import { ratio } from '../statistics.ts'
import type { Row } from '../table.ts'

/** Headers of the largest size allowed that no reader may accept. */
const hostile = [
  ['arrays', '[[],'],
  ['a repeated name', '{"x":0,'],
  ['depth', '{"a":'],
  ['spaces', ' '],
] as const

export const refusals: Group = {
  name: 'refusals',
  title: 'Refusing a header of 100 MB',
  against: 'Against the bare start of Node.',
  rows({ folder, quick }) {
    const programs = hostile.map(([, unit], index): Program => {
      const header = new TextEncoder().encode(unit.repeat(Math.floor(99_999_992 / unit.length)))
      return {
        ...sdinspect(writeSafetensors(join(folder, `refused-${index}.safetensors`), header, 0)),
        expected: [1],
      }
    })
    const [bare, ...samples] = interleaved([node('-e', '0'), ...programs], quick ? 3 : 5) as [
      Sample[],
      ...Sample[][],
    ]
    hostile.forEach((_, index) => {
      rmSync(join(folder, `refused-${index}.safetensors`))
    })
    return [
      { title: 'node -e 0', samples: bare },
      ...samples.map(
        (own, index): Row => ({
          title: `refuse ${hostile[index]?.[0]}`,
          samples: own,
          ratio: ratio(own, bare),
        }),
      ),
    ]
  },
}
