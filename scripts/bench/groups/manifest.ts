import { join } from 'node:path'
import { type Group, sdinspect } from '../bench.ts'
import { manifestFile, safetensorsFile } from '../files.ts'
import { interleaved, type Program, peakOf, type Sample } from '../measure.ts'
import { exponent, ratio } from '../statistics.ts'
import { linear } from '../table.ts'

export const manifest: Group = {
  name: 'json',
  title: 'A manifest in JSON',
  against: 'Against a safetensors file of the same tensors. The exponent is from half as many.',
  rows({ folder, quick }) {
    const tensors = quick ? 20_000 : 100_000
    const programs = [1, tensors / 2, tensors].map((count) =>
      sdinspect(manifestFile(join(folder, `${count}.json`), count)),
    )
    const file = sdinspect(safetensorsFile(join(folder, 'manifest.safetensors'), tensors))
    const [one, half, all, binary] = interleaved([...programs, file], quick ? 3 : 5) as [
      Sample[],
      Sample[],
      Sample[],
      Sample[],
    ]
    const shown = tensors.toLocaleString('en')
    return [
      { title: `inspect, safetensors of ${shown} tensors`, samples: binary, peakBytes: peakOf(file, folder) },
      {
        title: `inspect, manifest of ${shown} tensors`,
        samples: all,
        ratio: ratio(all, binary),
        exponent: exponent(one, half, all, 2),
        mostExponent: linear,
        peakBytes: peakOf(programs[2] as Program, folder),
      },
    ]
  },
}
