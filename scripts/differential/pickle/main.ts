// Compares what is shown of pickles with what torch's two unpicklers build of them:
//   npm run differential:pickle -- [SEED] [COUNT] [--record[=FILE]]        PYTHON=… names a Python that has torch
// Runs add up: seed 2 goes on where seed 1 ended. With SAMPLE=FILE the streams and torch's answers are kept.
// A stream that is shown, and that torch reads otherwise, ends it with 1.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { frames } from '../frames.ts'
import { Random } from '../random.ts'
import { Tally } from '../tally.ts'
import { PickleGrammar } from './grammar.ts'
import { type Listed, ours } from './ours.ts'
import { isSame } from './same.ts'

const batchSize = 200
const [seed = '1', count = '100000'] = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const { PYTHON = 'python3', SAMPLE } = process.env

/** What each unpickler lists: the weights-only one, and Python's own. */
type Answer = readonly [
  safe: readonly Listed[] | 'too much' | null,
  plain: readonly Listed[] | 'too much' | null,
]

const worker = spawn(PYTHON, ['scripts/differential/pickle/reference.py'], {
  stdio: ['pipe', 'pipe', 'inherit'],
})
const answers = frames(worker.stdout)
const tally = new Tally('streams', Number(seed))
const sample: [string, Answer][] = []

for (let done = 0; done < Number(count) && tally.different < 20; done += batchSize) {
  const streams: Uint8Array[] = []
  for (let i = done; i < Math.min(done + batchSize, Number(count)); i++)
    streams.push(new PickleGrammar(new Random(Number(seed) * 100_000_007 + i)).stream())
  for (const stream of [...streams, new Uint8Array(0)]) {
    const head = Buffer.alloc(4)
    head.writeUInt32LE(stream.length)
    worker.stdin.write(head)
    worker.stdin.write(stream)
  }
  for (const stream of streams) {
    const { value } = await answers.next()
    if (value === undefined) throw new Error(`${PYTHON} with torch did not answer`)
    const answer = JSON.parse(value) as Answer
    if (SAMPLE !== undefined) sample.push([Buffer.from(stream).toString('base64'), answer])
    const shown = ours(stream)
    const isRefused = answer[0] === null && answer[1] === null
    if (shown === 'unfollowed') tally.add('pickle', 'told that it is not followed')
    else if (shown === 'refused') tally.add('pickle', isRefused ? 'refused by both' : 'refused here only')
    else if (isRefused) tally.add('pickle', 'refused by torch only')
    else if (isSame(shown, answer)) tally.add('pickle', 'same')
    else {
      tally.add('pickle', 'different')
      console.log(
        `different: ${Buffer.from(stream).toString('base64')}\n  shown ${JSON.stringify(shown)}\n  safe  ${JSON.stringify(answer[0])}\n  plain ${JSON.stringify(answer[1])}`,
      )
    }
  }
  // The empty frame that made the worker flush has an answer too.
  await answers.next()
}
worker.stdin.end()
if (SAMPLE !== undefined) writeFileSync(SAMPLE, gzipSync(JSON.stringify(sample), { level: 9 }))

tally.end(process.argv)
