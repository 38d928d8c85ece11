import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { entriesOf } from '../../src/model/entries.ts'
import { inspectionOf } from '../../src/model/inspection.ts'
import { dtypes } from '../../src/model/tensors/dtype.ts'
import type { Input } from './inputs.ts'

/** What torch says of one module. */
export interface Verdict {
  readonly id: string
  readonly problems: readonly string[]
  readonly inOrder: boolean
}

/** Real torch, asked about one module after the other. */
export class Torch {
  readonly #process
  readonly #answers: AsyncIterator<string>

  constructor(python: string) {
    const script = fileURLToPath(new URL('oracle.py', `file://${process.cwd()}/scripts/code/`))
    this.#process = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
  }

  async ask(input: Input, code: string): Promise<Verdict> {
    const { id, stateDict, file } = input
    const question = { id, code, entries: entriesFor(stateDict), file, at: stateDict.path }
    if (!this.#process.stdin.write(`${JSON.stringify(question)}\n`)) await once(this.#process.stdin, 'drain')
    const { value, done } = await this.#answers.next()
    if (done === true) throw new Error(`Python ended at ${id}`)
    return JSON.parse(value) as Verdict
  }

  close(): void {
    this.#process.stdin.end()
  }
}

type Question = [string, string | null, readonly number[], string, number, boolean | null]

/** What sdinspect says of each entry, for the oracle. */
function entriesFor(stateDict: Input['stateDict']): Question[] {
  const { uncounted } = inspectionOf(stateDict)
  const indices = new Map<string, number>()
  const entries: Question[] = []
  let row = 0
  for (const { tensor, value } of entriesOf(stateDict)) {
    if (tensor === undefined) {
      entries.push([value.name, null, [], 'value', -1, null])
      continue
    }
    indices.set(tensor.name, entries.length)
    const tie = uncounted.has(row) ? (indices.get(tensor.tiedTo ?? '') ?? -1) : -1
    const torch = tensor.dtype === null ? null : dtypes[tensor.dtype].torch
    const canTrain = tensor.dtype === null || dtypes[tensor.dtype].requiresGrad
    const grad = tensor.kind === 'parameter' ? canTrain && tensor.trainable !== 'no' : null
    entries.push([tensor.name, torch, tensor.shape, tensor.kind, tie, grad])
    row++
  }
  return entries
}
