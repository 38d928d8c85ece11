import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

const bin = fileURLToPath(new URL('../../bin/sdinspect.js', import.meta.url))
const posix = process.platform !== 'win32'

/** A safetensors file of `count` scalars; the names are long, so that listings are. */
function safetensors(count: number): Buffer {
  const header: Record<string, object> = {}
  for (let i = 0; i < count; i++)
    header[`model.layers.${i}.self_attention.query_projection.weight`] = {
      dtype: 'U8',
      shape: [1],
      data_offsets: [i, i + 1],
    }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, Buffer.alloc(count)])
}

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sdinspect-bin-'))
  writeFileSync(join(folder, 'small.safetensors'), safetensors(3))
  writeFileSync(join(folder, 'large.safetensors'), safetensors(15_000))
  writeFileSync(join(folder, 'cut.safetensors'), safetensors(3).subarray(0, 100))
  mkdirSync(join(folder, 'alone'))
  writeFileSync(join(folder, 'alone/alone.safetensors'), safetensors(3))
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = (...argv: string[]) =>
  spawnSync(process.execPath, [bin, ...argv], { cwd: folder, encoding: 'utf8', maxBuffer: 1e8 })
const start = (...argv: string[]): ChildProcess => spawn(process.execPath, [bin, ...argv], { cwd: folder })
const shell = (line: string) =>
  spawnSync('bash', ['-c', line.replaceAll('sdinspect', `"${process.execPath}" "${bin}"`)], {
    cwd: folder,
    encoding: 'utf8',
  })

describe('the program', () => {
  it('loads nothing of Node to read a header that takes longer to load than the header to read', () => {
    const loaded = `process.on('exit', () => require('node:fs').writeSync(2, process.moduleLoadList.join('\\n')))`
    writeFileSync(join(folder, 'loaded.cjs'), loaded)
    for (const argv of [['small.safetensors'], ['ls', 'small.safetensors']]) {
      const { stderr, stdout } = spawnSync(process.execPath, ['-r', './loaded.cjs', bin, ...argv], {
        cwd: folder,
        encoding: 'utf8',
      })
      expect(stdout).toContain('query_projection')
      const modules = stderr.split('\n')
      expect(modules).toContain('NativeModule fs')
      for (const name of ['crypto', 'http', 'https', 'zlib', 'child_process', 'worker_threads'])
        expect(modules).not.toContain(`NativeModule ${name}`)
    }
  })

  it('answers the same without the compiled code the build leaves, or with what is left of it', () => {
    const copy = join(folder, 'package')
    const root = dirname(dirname(bin))
    // The program alone: the library and the pages beside it are larger.
    const isProgram = (path: string) => !/^(?:lib|page)$/.test(basename(path))
    for (const name of ['bin', 'dist'])
      cpSync(join(root, name), join(copy, name), { recursive: true, filter: isProgram })
    const inDist = (wanted: RegExp) =>
      readdirSync(join(copy, 'dist'))
        .filter((name) => wanted.test(name))
        .map((name) => join(copy, 'dist', name))
    // There may be more, for other Nodes.
    const compiled = inDist(/\.cache$/).filter((name) =>
      name.endsWith(`-${process.versions.v8}-${process.arch}.cache`),
    )
    expect(compiled).toHaveLength(inDist(/^cli(-\d)?\.js$/).length)
    // What most need is in the first pack, and what checks is in another.
    for (const argv of [
      ['ls', 'small.safetensors'],
      ['check', 'small.safetensors'],
    ]) {
      const answer = () =>
        spawnSync(process.execPath, [join(copy, 'bin/sdinspect.js'), ...argv], {
          cwd: folder,
          encoding: 'utf8',
        })
      const usual = answer()
      const { status, stdout, stderr } = run(...argv)
      expect(usual).toMatchObject({ status, stdout, stderr })
      expect(stdout).not.toBe('')
      const kept = compiled.map((cache) => readFileSync(cache))
      for (const bytes of [1000, 0]) {
        for (const [at, cache] of compiled.entries()) writeFileSync(cache, kept[at]?.subarray(0, bytes) ?? '')
        expect(answer()).toMatchObject({ status, stderr, stdout })
      }
      for (const cache of compiled) rmSync(cache)
      expect(answer()).toMatchObject({ status, stderr, stdout })
      for (const [at, cache] of compiled.entries()) writeFileSync(cache, kept[at] ?? '')
    }
  })

  it('exits with the verdict', () => {
    expect(run('small.safetensors')).toMatchObject({ status: 0, stderr: '' })
    expect(run('cut.safetensors')).toMatchObject({ status: 1, stdout: '' })
    expect(run('none.safetensors')).toMatchObject({ status: 2, stdout: '' })
    expect(run()).toMatchObject({ status: 2, stdout: '' })
    expect(run('--version')).toMatchObject({ status: 0, stderr: '' })
  })

  it('prints JSON alone on standard output', () => {
    const { stdout, stderr, status } = run('--json', 'small.safetensors', 'none.safetensors')
    expect(status).toBe(2)
    expect(JSON.parse(stdout).checkpoints).toHaveLength(2)
    expect(stderr).toContain('none.safetensors')
  })

  it('reads standard input', () => {
    const { stdout, status } = spawnSync(process.execPath, [bin, 'ls', '-'], {
      input: safetensors(2),
      encoding: 'utf8',
    })
    expect(status).toBe(0)
    expect(stdout.split('\n')).toHaveLength(3)
  })

  it('gives a slow reader everything', async () => {
    const child = start('ls', 'large.safetensors', '-f', 'ndjson')
    let length = 0
    let lines = 0
    for await (const chunk of child.stdout as NodeJS.ReadableStream) {
      length += chunk.length
      for (const byte of chunk as Buffer) if (byte === 10) lines++
      if (lines % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
    expect([code, lines]).toEqual([0, 15_000])
    expect(length).toBeGreaterThan(5_000_000)
  })

  it('is content when its reader has seen enough', async () => {
    const child = start('ls', 'large.safetensors')
    let err = ''
    child.stderr?.on('data', (chunk) => {
      err += chunk
    })
    child.stdout?.once('data', () => child.stdout?.destroy())
    const [code] = await once(child, 'close')
    expect([code, err]).toEqual([0, ''])
  })

  it('keeps the verdict when its reader has seen enough', async () => {
    const child = start('ls', 'large.safetensors', 'cut.safetensors')
    child.stdout?.once('data', () => child.stdout?.destroy())
    const [code] = await once(child, 'close')
    expect(code).toBe(1)
  })
})

describe('--output', () => {
  // In this process: each start of a program costs more than its work.
  const output = async (...argv: string[]) => {
    const { code, out, err } = await runCli(argv)
    return { status: code, stdout: out, stderr: err }
  }
  const home = process.cwd()
  beforeAll(() => process.chdir(folder))
  afterAll(() => process.chdir(home))
  const left = () => readdirSync(folder).filter((name) => name.endsWith('.tmp'))
  const path = (name: string) => join(folder, name)

  it('writes what standard output would have got, and replaces what was there', () => {
    writeFileSync(path('report.json'), 'old')
    expect(run('--json', 'small.safetensors', '-o', 'report.json')).toMatchObject({
      status: 0,
      stdout: '',
      stderr: '',
    })
    expect(readFileSync(path('report.json'), 'utf8')).toBe(run('--json', 'small.safetensors').stdout)
    expect(left()).toEqual([])
  })

  it.runIf(posix)('lets nobody read the file who could not read the one it replaces', async () => {
    writeFileSync(path('private.json'), 'old', { mode: 0o600 })
    symlinkSync('private.json', path('link.json'))
    expect((await output('--json', 'small.safetensors', '-o', 'link.json')).status).toBe(0)
    expect(lstatSync(path('link.json')).isSymbolicLink()).toBe(true)
    expect(lstatSync(path('private.json')).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(path('private.json'), 'utf8')).path).toBe('small.safetensors')
  })

  it('writes a report with an error in it, and the exit code says so', async () => {
    expect((await output('--json', 'cut.safetensors', '-o', 'error.json')).status).toBe(1)
    expect(JSON.parse(readFileSync(path('error.json'), 'utf8')).error.code).toBe('format/truncated')
  })

  it('leaves the file as it was where there is nothing to write', async () => {
    writeFileSync(path('kept.txt'), 'old')
    expect((await output('cut.safetensors', '-o', 'kept.txt')).status).toBe(1)
    expect((await output('small.safetensors', '--at', 'ema', '-o', 'kept.txt')).status).toBe(2)
    expect(readFileSync(path('kept.txt'), 'utf8')).toBe('old')
  })

  it('refuses to replace what it reads, under any name', async () => {
    const file = 'alone/alone.safetensors'
    const before = readFileSync(path(file))
    for (const argv of [
      [file, '-o', file],
      [file, '-o', `${folder}/alone/./alone.safetensors`],
      ['alone', '-o', file],
      ['alone/*.safetensors', '-o', file],
    ]) {
      const { status, stderr } = await output('ls', ...argv)
      expect([status, argv.join(' ')]).toEqual([2, argv.join(' ')])
      expect(stderr).toContain('is a file that this run reads or finds beside a checkpoint')
    }
    expect(readFileSync(path(file)).equals(before)).toBe(true)
    expect(readdirSync(path('alone'))).toEqual(['alone.safetensors'])
    expect(left()).toEqual([])
  })

  it('refuses a folder, a device and a folder that is not there', async () => {
    expect((await output('small.safetensors', '-o', folder)).stderr).toContain('is a folder')
    expect((await output('small.safetensors', '-o', 'nowhere/report')).stderr).toContain(
      'its folder does not exist',
    )
    if (posix)
      expect((await output('small.safetensors', '-o', '/dev/null')).stderr).toContain('is not a regular file')
  })

  it.runIf(posix)('leaves nothing behind on Ctrl-C', async () => {
    writeFileSync(path('whole.ndjson'), 'old')
    const child = start(
      'ls',
      ...Array.from({ length: 40 }, () => 'large.safetensors'),
      '-f',
      'ndjson',
      '-o',
      'whole.ndjson',
    )
    for (let waited = 0; left().length === 0 && waited < 20_000; waited += 10)
      await new Promise((resolve) => setTimeout(resolve, 10))
    expect(left()).toHaveLength(1)
    child.kill('SIGINT')
    const [code] = await once(child, 'exit')
    expect(code).toBe(130)
    expect(left()).toEqual([])
    expect(readFileSync(path('whole.ndjson'), 'utf8')).toBe('old')
  })
})

describe.runIf(posix && existsSync('/dev/full'))('in a shell', () => {
  it('says that the output is full and gives no verdict', () => {
    const { status, stderr } = shell('sdinspect ls small.safetensors > /dev/full')
    expect(stderr).toBe(
      'sdinspect: the output could not be written: no space is left\n  hint: free space where the output goes, or write it elsewhere with --output\n',
    )
    expect(status).toBe(2)
  })

  it('ends with 130 on Ctrl-C', async () => {
    const child = start('ls', '-')
    await new Promise((resolve) => setTimeout(resolve, 400))
    child.kill('SIGINT')
    const [code, signal] = await once(child, 'exit')
    // What a shell shows as 130 is a death by SIGINT.
    expect(code ?? signal).toBe('SIGINT')
  })

  it('gives a slow reader of a pipe everything, even where somebody has made the pipe one that does not wait', () => {
    const lines = "{ sleep 0.2; wc -l | tr -d ' '; }"
    const list = 'sdinspect ls large.safetensors -f ndjson'
    expect(shell(`${list} | ${lines}`).stdout).toBe('15000\n')
    expect(shell(`{ "${process.execPath}" -e process.stdout; ${list}; } | ${lines}`).stdout).toBe('15000\n')
  })

  it('has lines that shell tools can take', () => {
    expect(shell('sdinspect ls large.safetensors | head -2 | cut -f1,2; echo $PIPESTATUS').stdout).toMatch(
      /^model\.layers\.0\.\S+\t\w+\nmodel\.layers\.1\.\S+\t\w+\n0\n$/,
    )
  })
})
