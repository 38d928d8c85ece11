import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { nastyNames } from '../helpers/nasty-names.ts'
import { closed } from '../helpers/report-schema.ts'
import { runCli } from '../helpers/run-cli.ts'
import { entry, safetensorsBytes } from '../helpers/safetensors-bytes.ts'
import { temporaryFolder } from '../source/temporary-folder.ts'

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const validate = ajv.compile(
  closed(JSON.parse(readFileSync(new URL('../../schema/lock.v1.json', import.meta.url), 'utf8'))) as object,
)

/** A folder with a model of `layers` blocks, and its lock. */
function place(layers = 2) {
  const folder = temporaryFolder()
  const model = join(folder, 'model.safetensors')
  const write = (count: number, dtype = 'F32', path = model) => {
    const names = Array.from({ length: count }, (_, i) => `layers.${i}.fc.weight`)
    const header = Object.fromEntries(
      names.map((name, i) => [name, entry(dtype, [2, 2], i * 16, i * 16 + 16)]),
    )
    writeFileSync(path, safetensorsBytes({ header }))
  }
  write(layers)
  const file = join(folder, 'sdinspect.lock')
  const lock = (argv: readonly string[], env: Record<string, string> = {}) =>
    runCli(['lock', '--lock-file', file, ...argv], { env })
  return { folder, model, write, file, lock, text: () => readFileSync(file, 'utf8') }
}

describe('sdinspect lock', () => {
  it('writes a lock whose paths are relative to it, and finds nothing to say about it then', async () => {
    const { lock, model, text } = place()
    const written = await lock([model])
    expect(written).toMatchObject({ code: 0, err: '' })
    expect(written.out).toBe('model.safetensors  written  level layout, 2 tensors\n')
    expect(text()).toContain('\ncheckpoint model.safetensors\nlevel layout\ntotals 2 tensors  8 parameters')
    expect(text()).toContain('\n  layers.{0,1}.fc.weight  parameter  F32  [2, 2]\n')
    for (const argv of [['--check'], ['--check', model]])
      expect(await lock(argv)).toMatchObject({ code: 0, err: '' })
    expect((await lock([model])).out).toContain('unchanged')
  })

  it('never writes with --check, and tells drift with its line and exit code 1', async () => {
    const { lock, model, text, write } = place()
    await lock([model])
    const before = text()
    write(4, 'I32')
    const checked = await lock(['--check'])
    expect(checked.code).toBe(1)
    expect(checked.out).toContain('model.safetensors  drifted')
    expect(checked.out).toMatch(
      /~ layers\.\{0,1\}\.fc\.weight {2}×2 {2}was F32, is I32 {2}.*sdinspect\.lock:8\n/,
    )
    expect(checked.out).toMatch(/\+ layers\.\{2,3\}\.fc\.weight {2}×2 {2}is new/)
    expect(text()).toBe(before)
    const answer = JSON.parse((await lock(['--check', '--json'])).out)
    expect(validate(answer), ajv.errorsText(validate.errors)).toBe(true)
    expect(answer.checkpoints[0]).toMatchObject({ state: 'drifted', level: 'layout' })
    expect(answer.checkpoints[0].drift[0]).toMatchObject({ what: 'new', line: 5 })
  })

  it('does not write in CI unless it is told to update', async () => {
    const { lock, model, text, write, file } = place()
    expect((await lock([model], { CI: 'true' })).code).toBe(2)
    expect(existsSync(file)).toBe(false)
    await lock([model], { CI: '' })
    const before = text()
    write(3)
    const inCi = await lock([model], { CI: '1' })
    expect(inCi.code).toBe(1)
    expect(inCi.err).toContain('--update writes it')
    expect(text()).toBe(before)
    expect((await lock([model, '--update'], { CI: '1' })).code).toBe(0)
    expect(text()).toContain('layers.{0..2}.fc.weight')
  })

  it('keeps what it says of other checkpoints, and the level of each', async () => {
    const { folder, lock, model, write, text } = place()
    const other = join(folder, 'other')
    mkdirSync(other)
    write(5, 'F32', join(other, 'b.safetensors'))
    await lock([model, '--level', 'superset'])
    await lock([join(other, 'b.safetensors')])
    expect(text().match(/^(checkpoint|level) .*$/gm)).toEqual([
      'checkpoint model.safetensors',
      'level superset',
      'checkpoint "other/b.safetensors"',
      'level layout',
    ])
    write(3)
    expect((await lock(['--check'])).code).toBe(0)
    await lock([model])
    expect(text()).toContain('level superset\ntotals 3 tensors')
  })

  it('holds to the bytes of files at the level exact', async () => {
    const { lock, model, text } = place()
    await lock([model, '--level', 'exact'])
    expect(text()).toMatch(/\nfile model\.safetensors \d+ sha256:[0-9a-f]{64}\n/)
    expect((await lock(['--check'])).code).toBe(0)
    const bytes = readFileSync(model)
    bytes[bytes.length - 1] = 1
    writeFileSync(model, bytes)
    const checked = await lock(['--check'])
    expect(checked.code).toBe(1)
    expect(checked.out).toContain('has another content')
  })

  it('names the tensors whose values are others, at the levels exact and values', async () => {
    const { lock, model, text, folder } = place(3)
    await lock([model, '--level', 'exact'])
    expect(text().match(/^digest layers\.\d\.fc\.weight sha256:[0-9a-f]{64}$/gm)).toHaveLength(3)
    const bytes = readFileSync(model)
    bytes[bytes.length - 1] = 1
    bytes[bytes.length - 17] = 1
    writeFileSync(model, bytes)
    const exact = await lock(['--check'])
    expect(exact.out).toContain('has another content')
    expect(exact.out).toMatch(/~ layers\.\{1,2\}\.fc\.weight {2}×2 {2}has other values/)
    await lock([model, '--level', 'values'])
    expect(text()).not.toMatch(/^file /m)
    expect(await lock(['--check'])).toMatchObject({ code: 0, err: '' })
    bytes[bytes.length - 1] = 2
    writeFileSync(model, bytes)
    const answer = JSON.parse((await lock(['--check', '--json'])).out)
    expect(validate(answer), ajv.errorsText(validate.errors)).toBe(true)
    expect(answer.checkpoints[0].drift).toMatchObject([
      { what: 'values', tensor: 'layers.2.fc.weight', line: 8 },
    ])
    const checked = await runCli(['check', model, '--lock-file', join(folder, 'sdinspect.lock'), '--json'])
    expect(checked.code).toBe(1)
    expect(JSON.parse(checked.out).findings).toMatchObject([
      { rule: 'lock/drift', tensor: 'layers.2.fc.weight', message: 'has other values' },
    ])
  })

  it('holds to values wherever they are stored', async () => {
    const { lock, file, folder } = place()
    const [torch, safetensors] = ['fixtures/values/same.pt', 'fixtures/values/same.safetensors']
    await lock([safetensors, '--level', 'values'])
    const relocked = join(folder, 'as-torch.lock')
    const text = readFileSync(file, 'utf8').replace('same.safetensors', 'same.pt')
    writeFileSync(relocked, text)
    const compare = () => runCli(['lock', '--check', '--lock-file', relocked, torch])
    expect((await compare()).code).toBe(0)
    // There the two are one tensor; here they are two, and one has another value.
    writeFileSync(relocked, text.replace(/(digest head\.weight sha256:)./, '$1f'))
    expect(await compare()).toMatchObject({
      code: 1,
      out: expect.stringMatching(/~ head\.weight {2}has other values/),
    })
    await runCli(['lock', torch, '--level', 'values', '--lock-file', relocked])
    expect(readFileSync(relocked, 'utf8')).toContain('= embed.weight')
    const untied = readFileSync(relocked, 'utf8')
      .replace('same.pt', 'same.safetensors')
      .replace(/(digest embed\.weight sha256:)./, '$1f')
    writeFileSync(relocked, untied)
    const { out } = await runCli(['lock', '--check', '--lock-file', relocked, safetensors])
    expect(out).toMatch(/~ embed\.weight {2}has other values/)
    expect(out).toMatch(/~ head\.weight {2}has other values/)
  })

  it('refuses a lock of values in which a tensor has no digest, or digests are of nothing', async () => {
    const { lock, model, text, file } = place()
    await lock([model, '--level', 'values'])
    const written = text()
    writeFileSync(file, written.replace(/^digest layers\.1.*\n/m, ''))
    expect((await lock(['--check'])).err).toContain('"layers.1.fc.weight" has no digest')
    writeFileSync(file, written.replace('digest layers.1.', 'digest layers.7.'))
    expect((await lock(['--check'])).code).toBe(2)
    writeFileSync(file, `${written}digest odd sha256:${'0'.repeat(64)}\n`)
    expect((await lock(['--check'])).err).toContain('there is no tensor "odd" in the checkpoint')
    writeFileSync(file, written.replace('level values', 'level layout'))
    expect((await lock(['--check'])).err).toContain('has no digests of tensors')
  })

  it('has no verdict without a lock, a path or a lock that can be read', async () => {
    const { lock, model, file, folder } = place()
    expect(await lock(['--check', model])).toMatchObject({ code: 2, out: '' })
    expect((await lock([])).code).toBe(2)
    await lock([model])
    expect((await lock(['--check', join(folder, 'gone.safetensors')])).code).toBe(2)
    writeFileSync(file, `${readFileSync(file, 'utf8')}odd\n`)
    const odd = await lock(['--check'])
    expect(odd.code).toBe(2)
    expect(odd.err).toContain('line 9, column 1: "odd" is no word of a lock')
    writeFileSync(file, new Uint8Array([0xff, 0xfe]))
    expect((await lock(['--check'])).err).toContain('is not UTF-8')
  })

  it('says that a checkpoint is not locked', async () => {
    const { folder, lock, model, write } = place()
    await lock([model])
    write(1, 'F32', join(folder, 'new.safetensors'))
    const checked = await lock(['--check', join(folder, 'new.safetensors')])
    expect(checked).toMatchObject({ code: 1 })
    expect(checked.out).toContain('new.safetensors  not locked')
  })

  it('can be one of the two that are compared', async () => {
    const { folder, lock, model, write, file } = place()
    await lock([model])
    for (const operands of [
      [file, model],
      [model, file],
    ])
      expect((await runCli(['diff', ...operands, '--exit-code'])).code).toBe(0)
    write(3)
    const { code, out } = await runCli(['diff', file, model, '--exit-code'])
    expect(code).toBe(1)
    expect(out).toContain('+ layers  2 → 3 blocks')
    const other = join(folder, 'other.safetensors')
    write(1, 'F32', other)
    await lock([other])
    expect((await runCli(['diff', file, other, '--exit-code'])).code).toBe(0)
    const lost = await runCli(['diff', file, file])
    expect(lost.code).toBe(2)
    expect(lost.err).toContain('leads to 2 checkpoints: "model.safetensors", "other.safetensors"')
    expect((await runCli(['diff', join(folder, 'no.lock'), model])).code).toBe(2)
  })

  it('never takes a checkpoint for the lock', async () => {
    const { model } = place()
    const before = readFileSync(model)
    expect((await runCli(['lock', model, '--lock-file', model])).code).toBe(2)
    expect(readFileSync(model)).toEqual(before)
  })

  it('lets no name do anything to a terminal or a log', async () => {
    const { lock, model } = place()
    const header = (names: readonly string[]) =>
      Object.fromEntries(names.map((name, i) => [name, entry('F32', [1], i * 4, i * 4 + 4)]))
    const names = nastyNames.filter((name) => !/[\ud800-\udfff]/.test(name) && name !== '__proto__')
    writeFileSync(model, safetensorsBytes({ header: header(names) }))
    expect((await lock([model])).code).toBe(0)
    expect((await lock(['--check'])).code).toBe(0)
    writeFileSync(model, safetensorsBytes({ header: header(names.map((name) => `x${name}`).reverse()) }))
    for (const format of [[], ['--no-fold'], ['--json']]) {
      const { out, code } = await lock(['--check', ...format])
      expect(code).toBe(1)
      expect(out).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2028]/)
      expect(out).not.toMatch(/^\s*::|##\[|##vso|section_start:/m)
    }
  })
})
