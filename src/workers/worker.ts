import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { blobTensor } from '../formats/torch/distributed/blob.ts'
import { openFileSource } from '../source/file.ts'
import type { ByteSource } from '../source/source.ts'
import type { Hash } from '../values/digest.ts'
import { perform } from '../values/workers/perform.ts'
import { version } from '../version.ts'
import { type Answer, type Order, sentError, sentResult, type WorkerData } from './message.ts'

// What runs in another thread: it does tasks until it is ended. Built into a file of its own, dist/sdinspect-worker.js.

/** Bytes after which it says how far it is. */
const toldEvery = 16 << 20

class Stopped extends Error {}

const { stop } = workerData as WorkerData
const port = parentPort
const say = (answer: Answer): void => port?.postMessage(answer)

async function done({ task, files }: Order): Promise<Answer> {
  const open = new Map(files.map((file) => [file.name, new WorkerFile(file)]))
  try {
    const result = await perform(task, {
      open: async (name) => (open.get(name) as WorkerFile).source,
      blob: (source, chunk) => blobTensor(source, chunk, task.limits),
      hash: sha256,
    })
    return { kind: 'done', result: sentResult(task, result) }
  } catch (error) {
    return error instanceof Stopped ? { kind: 'left' } : { kind: 'failed', error: sentError(error) }
  } finally {
    for (const file of open.values()) file.tell()
  }
}

/** A file that the other thread has opened, and closes. */
class WorkerFile {
  readonly source: ByteSource
  readonly #name: string
  #untold = 0

  constructor({ name, label, shared }: Order['files'][number]) {
    const source = openFileSource(shared, label)
    this.#name = name
    this.source = {
      ...source,
      read: async (offset, length, options) => {
        if (Atomics.load(stop, 0) !== 0) throw new Stopped()
        const bytes = await source.read(offset, length, options)
        this.#untold += length
        if (this.#untold >= toldEvery) this.tell()
        return bytes
      },
    }
  }

  /** Says how much was read. */
  tell(): void {
    if (this.#untold > 0) say({ kind: 'read', name: this.#name, bytes: this.#untold })
    this.#untold = 0
  }
}

function sha256(): Hash {
  const hash = createHash('sha256')
  return { update: (bytes) => hash.update(bytes), hex: () => hash.digest('hex') }
}

port?.on('message', async (order: Order) => say(await done(order)))
say({ kind: 'ready', version })
