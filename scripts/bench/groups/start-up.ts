import { join } from 'node:path'
import { type Group, modelinfoOf, sdinspectOn } from '../bench.ts'
import { safetensorsFile } from '../files.ts'
import { interleaved, type Sample } from '../measure.ts'
import { everyNode } from '../nodes.ts'
import { over, ratio } from '../statistics.ts'
import type { Row } from '../table.ts'

const tensors = 1_000

export const startUp: Group = {
  name: 'start-up',
  title: 'Start-up',
  against:
    'What a command costs over the bare start of the same Node, as a share of what Node 20 takes to start; that of modelinfo-cli is against `inspect` on each Node.',
  rows(bench) {
    const file = safetensorsFile(join(bench.folder, 'start-up.safetensors'), tensors)
    const peer = modelinfoOf(bench, file)
    const nodes = everyNode(bench.note)
    const commands = [['--version'], [file], ['ls', file]]
    const titles = ['--version', `inspect, ${tensors} tensors`, `ls, ${tensors} tensors`]
    const programs = nodes.flatMap(({ command }) => [
      { command, args: ['-e', '0'] },
      ...commands.map((args) => sdinspectOn(command, ...args)),
    ])
    const all = [...programs, ...(peer === null ? [] : [peer])]
    const samples = interleaved(all, bench.quick ? 7 : 21, bench.quick ? 2 : 3)
    const each = commands.length + 1
    // Without a Node 20, this one's start is the measure.
    const measure = samples[0] as readonly Sample[]
    return nodes.flatMap(({ version }, place): Row[] => {
      const [bare, ...own] = samples.slice(place * each, (place + 1) * each) as [Sample[], ...Sample[][]]
      const rows: Row[] = [{ title: `Node ${version}: node -e 0`, samples: bare }]
      own.forEach((one, index) => {
        rows.push({
          title: `Node ${version}: ${titles[index]}`,
          samples: one,
          ratio: over([one, bare, measure], (value, start, of) => (value - start) / of),
          ...(index === 0 ? {} : { most: 0.5 }),
        })
      })
      const theirs = peer === null ? undefined : samples.at(-1)
      if (theirs !== undefined && own[1] !== undefined)
        rows.push({
          title: `Node ${version}: inspect over modelinfo-cli`,
          samples: own[1],
          ratio: ratio(own[1], theirs),
          ...(version.startsWith('v20') ? {} : { most: 1 }),
        })
      return rows
    })
  },
}
