import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Group, sdinspect } from '../bench.ts'
import { safetensorsFile, shardedFiles } from '../files.ts'
import { interleaved, type Sample } from '../measure.ts'
import { exponent, ratio } from '../statistics.ts'
import { linear, type Row } from '../table.ts'

export const shards: Group = {
  name: 'shards',
  title: 'Shards',
  against: 'Against one file of the same tensors. The exponent is from half as many shards.',
  rows({ folder, quick }) {
    const tensors = quick ? 20_000 : 100_000
    const file = safetensorsFile(join(folder, 'whole.safetensors'), tensors)
    const index = shardedFiles(folderIn(folder, 'few'), tensors, 163)
    const [whole, few] = interleaved([sdinspect(file), sdinspect(index)], quick ? 5 : 9) as [
      Sample[],
      Sample[],
    ]
    const rows: Row[] = [
      { title: `inspect, ${tensors.toLocaleString('en')} tensors in one file`, samples: whole },
      {
        title: `inspect, ${tensors.toLocaleString('en')} tensors in 163 shards`,
        samples: few,
        ratio: ratio(few, whole),
        most: 1.1,
      },
    ]
    const most = quick ? 5_000 : 50_000
    const programs = [1, most / 2, most].map((count) =>
      sdinspect(shardedFiles(folderIn(folder, `shards-${count}`), count, count), '--limit', `shards=${most}`),
    )
    const samples = interleaved(programs, quick ? 3 : 3) as [Sample[], Sample[], Sample[]]
    rows.push({
      title: `inspect, ${most.toLocaleString('en')} shards of a tensor`,
      samples: samples[2],
      exponent: exponent(...samples, 2),
      mostExponent: linear,
    })
    for (const count of [1, most / 2, most]) rmSync(join(folder, `shards-${count}`), { recursive: true })
    return rows
  },
}

function folderIn(folder: string, name: string): string {
  const path = join(folder, name)
  mkdirSync(path)
  return path
}
