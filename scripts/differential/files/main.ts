// Compares what is shown of whole files with what torch.load and torch.jit.load make of them:
//   npm run differential:files -- [SEED] [COUNT] [--record[=FILE]]      PYTHON=… names a Python that has torch
// Runs add up: seed 2 goes on where seed 1 ended. A file that is shown, and that torch reads otherwise, is written below
// node_modules/.cache and ends it with 1.
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { frames } from '../frames.ts'
import { Random } from '../random.ts'
import { Tally } from '../tally.ts'
import { type ListedTensor, shownTensors } from './ours.ts'
import { differenceOf, type TorchList } from './same.ts'
import { torchFile } from './torch-files.ts'

const batchSize = 100
const folder = 'node_modules/.cache/sdinspect-differential'
const [seed = '1', count = '2000'] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const { PYTHON = 'python3' } = process.env

const worker = spawn(PYTHON, ['scripts/differential/files/reference.py'], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
const answers = frames(worker.stdout)
const tally = new Tally('files', Number(seed))

for (let done = 0; done < Number(count) && tally.different < 20; done += batchSize) {
  const files: ReturnType<typeof torchFile>[] = []
  for (let i = done; i < Math.min(done + batchSize, Number(count)); i++)
    files.push(torchFile(new Random(Number(seed) * 100_000_007 + i)))
  for (const { kind, bytes } of files) {
    const head = Buffer.alloc(5)
    head.writeUInt32LE(1 + bytes.length)
    head[4] = kind === 'torchscript' ? 1 : 0
    worker.stdin.write(head)
    worker.stdin.write(bytes)
  }
  worker.stdin.write(Buffer.alloc(4))
  for (const [at, { kind, isBigEndian, bytes }] of files.entries()) {
    const { value } = await answers.next()
    if (value === undefined) throw new Error(`${PYTHON} with torch did not answer`)
    const [safe, plain] = JSON.parse(value) as readonly [TorchList, TorchList]
    const shown = await shownTensors(bytes)
    const isRefused = safe === null && plain === null
    if (shown === 'unfollowed') tally.add(kind, 'told that it is not followed')
    else if (shown === 'refused') tally.add(kind, isRefused ? 'refused by both' : 'refused here only')
    else if (isRefused) tally.add(kind, 'refused by torch only')
    else {
      const why = whyDifferent(shown, [safe, plain], { isScript: kind === 'torchscript', isBigEndian })
      tally.add(kind, why === null ? 'same' : 'different')
      if (why === null) continue
      mkdirSync(folder, { recursive: true })
      const file = `${folder}/${seed}-${done + at}.pt`
      writeFileSync(file, bytes)
      console.log(`different: ${file}\n  ${why}`)
    }
  }
  // The empty frame that made the worker flush has an answer too.
  await answers.next()
}
worker.stdin.end()
tally.end(process.argv)

function whyDifferent(
  shown: readonly ListedTensor[],
  answers: readonly TorchList[],
  around: Parameters<typeof differenceOf>[2],
): string | null {
  for (const answer of answers) {
    const why = differenceOf(shown, answer, around)
    if (why !== null) return why
  }
  return null
}
