import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, linkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Library } from '../../src/cli/command.ts'
import { Interrupted, type Interrupts, type Sink } from '../../src/cli/io.ts'
import { library } from '../../src/cli/library.ts'
import { main } from '../../src/cli/main.ts'
import { ProgressLine } from '../../src/cli/output/progress-line.ts'
import { temporaryFolder } from '../source/temporary-folder.ts'

const bin = fileURLToPath(new URL('../../bin/sdinspect.js', import.meta.url))
const cnn = fileURLToPath(new URL('../../fixtures/cnn.safetensors', import.meta.url))

/** Ctrl-C at a test's bidding, and whether anybody listens. */
class Keyboard implements Interrupts {
  readonly #controller = new AbortController()
  isListening = false

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  listen(): void {
    this.isListening = true
  }

  ignore(): void {
    this.isListening = false
  }

  press(): void {
    this.#controller.abort(new Interrupted('interrupted'))
  }
}

function sink(isTTY = false): Sink & { text: string } {
  return {
    isTTY,
    columns: isTTY ? 60 : undefined,
    text: '',
    async write(text) {
      this.text += text
    },
  }
}

/** A library whose reading waits for the signal. */
const waiting: Library = {
  async *inspectPaths(_paths, { signal }) {
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  },
  async *openPaths(_paths, { signal }) {
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  },
  async *openEach(_paths, { signal }) {
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  },
  async *statisticsParts(_paths, { signal }) {
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  },
  mergeStatistics: () => Promise.reject(),
  readAgain: () => {
    throw new Error('the test has no values')
  },
  async *statisticsPaths(_paths, { signal }) {
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  },
  async *digestPaths(_paths, { signal }) {
    await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  },
}

describe('Ctrl-C while something is read', () => {
  it.each([
    ['inspect', 'x'],
    ['ls', 'x', '--json'],
    ['why', 'x', 'y'],
    ['check', 'x'],
    ['diff', 'x', 'y'],
    ['diff', 'x', 'y', '--json'],
    ['lock', 'x'],
    ['init', 'x'],
  ])('ends sdinspect %s %s %s with 130 and says nothing', async (...argv) => {
    const [out, err, keyboard] = [sink(), sink(), new Keyboard()]
    const lock = ['lock', 'init'].includes(argv[0] as string) ? ['--lock-file', '/none/none.lock'] : []
    const asked = argv[0] === 'lock' ? [...argv, ...lock] : argv
    const ran = main(
      asked.filter((word) => word !== undefined),
      { out, err, env: {}, interrupts: keyboard },
      waiting,
    )
    await vi.waitFor(() => expect(keyboard.isListening).toBe(true), { timeout: 20_000 })
    keyboard.press()
    expect(await ran).toBe(130)
    expect(out.text + err.text).toBe('')
    expect(keyboard.isListening).toBe(false)
  })

  it('leaves no file that was being written', async () => {
    const target = join(temporaryFolder(), 'out.json')
    const keyboard = new Keyboard()
    const io = { out: sink(), err: sink(), env: {}, interrupts: keyboard }
    const ran = main(['ls', 'x', '--json', '-o', target], io, waiting)
    await vi.waitFor(() => expect(keyboard.isListening).toBe(true), { timeout: 20_000 })
    keyboard.press()
    expect(await ran).toBe(130)
    expect(existsSync(target)).toBe(false)
  })
})

it('nobody listens for Ctrl-C while an answer is written', async () => {
  const keyboard = new Keyboard()
  const states: boolean[] = []
  const out: Sink = {
    ...sink(),
    write: async () => {
      states.push(keyboard.isListening)
    },
  }
  expect(await main(['ls', cnn], { out, err: sink(), env: {}, interrupts: keyboard })).toBe(0)
  expect(states).not.toContain(true)
  expect(states.length).toBeGreaterThan(0)
})

/** What a shell shows as 130 is a death by SIGINT: the code, and the signal. */
const shownAs130 = [null, 'SIGINT']

describe.runIf(process.platform !== 'win32')('the program', () => {
  /** Starts it, and sends a byte down a fourth pipe each time that it begins to listen for Ctrl-C. */
  const start = async (...argv: string[]) => {
    const spy = join(temporaryFolder(), 'spy.cjs')
    writeFileSync(
      spy,
      `process.on('newListener', (event) => event === 'SIGINT' && require('node:fs').writeSync(3, 'x'))`,
    )
    const child = spawn(process.execPath, ['-r', spy, bin, ...argv], {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let text = ''
    child.stdout?.on('data', (data) => (text += data))
    child.stderr?.on('data', (data) => (text += data))
    const exit = once(child, 'exit')
    await once(child.stdio[3] as NodeJS.ReadableStream, 'data')
    return { child, exit, text: () => text }
  }

  it('ends with 130 when it waits for its standard input', async () => {
    const { child, exit, text } = await start('inspect', '-')
    child.kill('SIGINT')
    expect(await exit).toEqual(shownAs130)
    expect(text()).toBe('')
  })

  it('ends with 130 in the midst of a huge header', async () => {
    const path = join(temporaryFolder(), 'huge.safetensors')
    const entry =
      '"model.layers.0.self_attn.q_proj.weight.NNNNNN":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},'
    const entries = Array.from({ length: 400_000 }, (_, i) => entry.replace('NNNNNN', String(i)))
    const header = Buffer.from(`{${entries.join('').slice(0, -1)}}`)
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    writeFileSync(path, Buffer.concat([length, header]))
    const { child, exit, text } = await start('ls', path)
    await new Promise((resolve) => setTimeout(resolve, 100))
    child.kill('SIGINT')
    expect(await exit).toEqual(shownAs130)
    expect(text()).toBe('')
  })

  it('ends with 130 among many shards', async () => {
    const folder = temporaryFolder()
    copyFileSync(cnn, join(folder, 'model-1-of-3000.safetensors'))
    for (let i = 2; i <= 3_000; i++)
      linkSync(join(folder, 'model-1-of-3000.safetensors'), join(folder, `model-${i}-of-3000.safetensors`))
    const { child, exit, text } = await start('ls', folder)
    child.kill('SIGINT')
    expect(await exit).toEqual(shownAs130)
    expect(text()).toBe('')
  })
})

describe('the line that says how far reading is', () => {
  /** Reads as if each progress took `milliseconds`. */
  const slow = (milliseconds: number): Library => ({
    ...library,
    async *inspectPaths(paths, options) {
      yield* library.inspectPaths(paths, {
        ...options,
        onProgress: (progress) => {
          vi.setSystemTime(Date.now() + milliseconds)
          options.onProgress?.(progress)
        },
      })
    },
  })
  const reading = async (milliseconds: number, isTTY: boolean, argv: string[] = [], env = {}) => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const [out, err] = [sink(), sink(isTTY)]
    expect(await main(['ls', cnn, ...argv], { out, err, env }, slow(milliseconds))).toBe(0)
    return err.text
  }

  it('is shown on a terminal when it takes long, and leaves no trace', async () => {
    const text = await reading(400, true)
    const shown = text.split('\r\u001b[2K')
    expect(shown[0]).toBe('')
    expect(shown.at(-1)).toBe('')
    expect(shown.slice(1, -1).length).toBeGreaterThan(0)
    for (const line of shown.slice(1, -1)) {
      expect(line).toMatch(/^reading .*\.safetensors, .* read(?:, [\d.]+ k?B\/s)?$/)
      expect(line.length).toBeLessThan(60)
    }
  })

  it('says how fast reading is, and how long it takes where the whole is known', () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const err = Object.assign(sink(true), { columns: 80 })
    const line = new ProgressLine(err, false)
    const show = (milliseconds: number, bytesRead: number) => {
      vi.setSystemTime(Date.now() + milliseconds)
      line.show({ path: 'a.pt', filesDone: 0, files: 1, bytesRead, bytesExpected: 100_000_000 })
    }
    line.begin()
    show(0, 10_000_000)
    show(1_000, 30_000_000)
    show(1_000, 40_000_000)
    line.erase()
    expect(err.text.split('\r\u001b[2K')).toEqual([
      '',
      'reading a.pt, 30.0 MB of 100 MB read, 20.0 MB/s, 4 s left',
      'reading a.pt, 40.0 MB of 100 MB read, 15.0 MB/s, 4 s left',
      '',
    ])
  })

  it('is not shown when it takes no time, elsewhere than on a terminal, when nothing is to be said', async () => {
    expect(await reading(1, true)).toBe('')
    expect(await reading(400, false)).toBe('')
    expect(await reading(400, true, ['--quiet'])).toBe('')
    expect(await reading(400, true, [], { TERM: 'dumb' })).toBe('')
  })
})
