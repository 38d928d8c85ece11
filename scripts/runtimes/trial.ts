import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { decompressed } from '../../src/render/html/pack.ts'
import { screenOf } from '../pictures/screen.js'
import type { Line } from './lines.ts'
import type { Runtime } from './programs.ts'

/** What came of a run: exit code, standard output and error, and files by their names; or what a terminal showed. */
export type Outcome = Readonly<Record<string, string>>

const bin = 'node_modules/sdinspect/bin/sdinspect.js'

/** A runtime with the package installed in `app`. */
export class Trial {
  readonly #command: readonly string[]
  readonly #app: string
  readonly #env: NodeJS.ProcessEnv

  constructor({ command }: Runtime, app: string) {
    this.#command = command
    this.#app = app
    const { PATH, SystemRoot } = process.env
    this.#env = {
      PATH,
      // Windows starts no program without it.
      SystemRoot,
      HOME: join(app, 'home'),
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      DENO_DIR: join(app, 'home/deno'),
      DENO_NO_UPDATE_CHECK: '1',
    }
  }

  /**
   * @param silent address of a server that never answers
   * @param asked is kept when somebody asks it
   * @returns what came of each, by what it is
   */
  async all(
    lines: readonly Line[],
    silent: string,
    asked: () => Promise<void>,
  ): Promise<ReadonlyMap<string, Outcome>> {
    const outcomes = new Map<string, Outcome>()
    for (const line of lines) outcomes.set(`sdinspect ${line.argv.join(' ')}`, await this.#line(line))
    outcomes.set('a program that imports the library', await this.#end(this.#start(['run.mjs'])))
    outcomes.set('sdinspect ls many.safetensors | head -1', await this.#read(['ls', 'many.safetensors']))
    outcomes.set('Ctrl-C while a server is silent', await this.#interrupted(['ls', silent], asked()))
    if (spawnSync('tmux', ['-V']).status !== 0) return outcomes
    const seen: [number, number, string[], string[]][] = [
      [80, 60, ['fixtures/cnn.safetensors'], []],
      [60, 60, ['check', 'fixtures/torch/ddp.pt'], []],
      [110, 28, ['browse', 'fixtures/bert'], ['/', 'query.weight', 'Enter', 'i', 'v']],
      [110, 20, ['browse', 'fixtures/torch/state_dict.pt', 'fixtures/torch/ddp.pt'], ['E', 'q']],
    ]
    for (const [columns, rows, argv, keys] of seen) {
      const env = Object.fromEntries(Object.entries(this.#env).filter(([, value]) => value !== undefined))
      const screen = await screenOf([...this.#command, bin, ...argv], {
        columns,
        rows,
        cwd: this.#app,
        keys,
        env: env as Record<string, string>,
      })
      outcomes.set(`a terminal of ${columns} columns: sdinspect ${argv.join(' ')}`, { screen })
    }
    return outcomes
  }

  #start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const [program = '', ...flags] = this.#command
    return spawn(program, [...flags, ...args], { cwd: this.#app, env: { ...this.#env, ...env } })
  }

  async #line({ argv, input, env }: Line): Promise<Outcome> {
    const out = join(this.#app, 'out')
    rmSync(out, { recursive: true, force: true })
    mkdirSync(out)
    const child = this.#start([bin, ...argv], env)
    child.stdin?.end(input === undefined ? undefined : readFileSync(input))
    const outcome = await this.#end(child)
    const files: Record<string, string> = {}
    for (const name of readdirSync(out)) files[name] = await unpacked(readFileSync(join(out, name), 'latin1'))
    return { ...outcome, ...files }
  }

  async #end(child: ChildProcess): Promise<Outcome> {
    const texts = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.setEncoding('latin1').on('data', (piece: string) => {
        texts[stream] += piece
      })
    child.stdin?.on('error', () => {})
    const [code, signal] = await once(child, 'close')
    // What a run at a distance took, and how long.
    const stderr = texts.stderr.replace(/(requests?, .*, )[\d.]+ m?s$/gm, '$1a while')
    return { 'exit code': String(code ?? signal), ...texts, stderr }
  }

  /** Its reader goes away after the first piece. */
  async #read(argv: readonly string[]): Promise<Outcome> {
    const child = this.#start([bin, ...argv])
    child.stdout?.once('data', () => child.stdout?.destroy())
    const { stdout, ...rest } = await this.#end(child)
    return rest
  }

  async #interrupted(argv: readonly string[], asked: Promise<void>): Promise<Outcome> {
    const child = this.#start([bin, ...argv])
    const ended = this.#end(child)
    await asked
    child.kill('SIGINT')
    return await ended
  }
}

/** A page with its data as it is before it is compressed, which every runtime does in a way of its own; other text as it is. */
async function unpacked(text: string): Promise<string> {
  const found = /(<script type="text\/plain" id="data">)([^<]*)</.exec(text)
  if (found === null) return text
  const [whole, opening = '', data = ''] = found
  const bytes = Buffer.from(await decompressed(data))
  return text.replace(whole, () => `${opening}${bytes.toString('latin1')}<`)
}
