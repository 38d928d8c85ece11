import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Group, sdinspect } from '../bench.ts'
import {
  type Naming,
  otherModules,
  otherRoot,
  plainNames,
  safetensorsFile,
  unrelatedNames,
} from '../files.ts'
import { interleaved, type Sample } from '../measure.ts'
import { exponent, ratio } from '../statistics.ts'
import { linear, type Row } from '../table.ts'

const others: readonly {
  title: string
  names: Naming
  leftOut?: (index: number) => boolean
  most?: number
}[] = [
  { title: 'same names', names: plainNames },
  { title: 'renamed root', names: otherRoot },
  { title: 'renamed modules', names: otherModules },
  { title: 'one dropped per block', names: plainNames, leftOut: (index) => index % 768 === 5 },
  { title: 'unrelated names', names: unrelatedNames, most: 2 },
]

export const differences: Group = {
  name: 'diff',
  title: 'Comparing',
  against: 'Against `diff` of two files with the same names. The exponent is from half as many tensors.',
  rows({ folder, quick }) {
    const tensors = quick ? 20_000 : 100_000
    const programs = [1, tensors / 2, tensors].flatMap((count) => {
      const first = safetensorsFile(join(folder, `a-${count}.safetensors`), count)
      return others.map(({ names, leftOut }, index) => ({
        ...sdinspect(
          'diff',
          first,
          safetensorsFile(join(folder, `b-${count}-${index}.safetensors`), count, names, leftOut),
        ),
        // 1: they differ.
        expected: [0, 1],
      }))
    })
    const samples = interleaved(programs, quick ? 3 : 5)
    for (const { args } of programs) for (const file of args.slice(2, 4)) rmSync(file, { force: true })
    const of = (size: number, index: number) => samples[size * others.length + index] as readonly Sample[]
    return others.map(({ title, most }, index): Row => {
      const own = of(2, index)
      return {
        title: `diff, ${title}, ${tensors.toLocaleString('en')} tensors`,
        samples: own,
        ratio: ratio(own, of(2, 0)),
        exponent: exponent(of(0, index), of(1, index), own, 2),
        mostExponent: linear,
        ...(most === undefined ? {} : { most }),
      }
    })
  },
}
