import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeLargeTorchFile } from '../../../test/helpers/large-torch-file.ts'
import { type Group, sdinspect } from '../bench.ts'
import { interleaved, type Program, peakOf, type Sample } from '../measure.ts'
import { exponent, ratio } from '../statistics.ts'
import { linear, type Row } from '../table.ts'

const loading = `
import sys
import torch
torch.load(sys.argv[1], mmap=True, weights_only=True)
`

export const torch: Group = {
  name: 'torch',
  title: 'Files of torch',
  against: 'Against `torch.load(mmap=True, weights_only=True)`. The exponent is from half as many tensors.',
  rows({ folder, quick, peers, note }) {
    const counts = quick ? [5_000, 10_000, 20_000] : [10_000, 20_000, 100_000, 200_000]
    const file = (tensors: number) => join(folder, `${tensors}.pt`)
    for (const tensors of [1, ...counts])
      writeLargeTorchFile(file(tensors), tensors, tensors > 20_000 ? 16 : 12_500)
    const programs: Program[] = [1, ...counts].map((tensors) =>
      sdinspect(file(tensors), '--limit', 'zipEntries=300000'),
    )
    const hasTorch = peers.packages.has('torch')
    if (!hasTorch) note(`${peers.python} has no torch, so nothing is compared with it.`)
    const loads = hasTorch
      ? counts.map((tensors): Program => ({ command: peers.python, args: ['-c', loading, file(tensors)] }))
      : []
    const samples = interleaved([...programs, ...loads], quick ? 3 : 5)
    const rows = counts.map((tensors, index): Row => {
      const own = samples[index + 1] as readonly Sample[]
      const load = samples[programs.length + index]
      const half = counts.indexOf(tensors / 2)
      return {
        title: `inspect, .pt of ${tensors.toLocaleString('en')} tensors`,
        samples: own,
        ...(load === undefined ? {} : { ratio: ratio(own, load), most: 1 }),
        ...(half < 0
          ? {}
          : {
              exponent: exponent(samples[0] as Sample[], samples[half + 1] as Sample[], own, 2),
              mostExponent: linear,
            }),
        peakBytes: peakOf(programs[index + 1] as Program, folder),
      }
    })
    for (const tensors of [1, ...counts]) rmSync(file(tensors))
    return rows
  },
}
