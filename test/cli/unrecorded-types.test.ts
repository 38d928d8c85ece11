import { describe, expect, it } from 'vitest'
import { packedFixture } from '../helpers/packed-fixture.ts'
import { runCli } from '../helpers/run-cli.ts'

const values = packedFixture('fixtures/values.json')

const run = (...argv: string[]) => runCli(argv)

describe('a comparison with a file that records no types', () => {
  it('does not call types the same', async () => {
    const { out, code } = await run('diff', '--exit-code', 'fixtures/header.json', values)
    expect(code).toBe(0)
    expect(out).toContain('the same names and shapes in all 32 tensors\n')
    expect(out).toContain('types not recorded in b: they were not compared\n')
  })

  it('says so in Markdown', async () => {
    const { out } = await run('diff', '--format', 'md', values, 'fixtures/header.json')
    expect(out).toContain('The same names and shapes in all 32 tensors.\n\ntypes not recorded in a: ')
    expect(out).toMatch(/^\| a .* \| -- \|$/m)
  })

  it.each([
    ['fixtures/header.json', values, ['b']],
    [values, values, ['a', 'b']],
    ['fixtures/header.json', 'fixtures/header.json', []],
  ])('names the sides in JSON: %s and %s', async (a, b, sides) => {
    const { out } = await run('diff', '--json', a, b)
    expect(JSON.parse(out)).toMatchObject({ same: true, typesNotRecorded: sides })
  })
})

describe('a size that is not recorded', () => {
  it('is no zero in the tree, and shares are of the elements', async () => {
    const { out } = await run('fixtures/training.json')
    expect(out).toMatch(/^ {2}optimizer .* 343 +--$/m)
    expect(out).toMatch(/^embed .* 54 +-- +--$/m)
    expect(out).toMatch(/mask .* BOOL +-- +3 +3 B$/m)
    expect(out).not.toContain('Share')
    // 2 masks of 3 elements among 268.
    expect(out).toMatch(/^Stored: +268 +98 % unrecorded, 2 % BOOL of the elements$/m)
    expect(out).toMatch(/^Buffers: +40 +10 tensors$/m)
  })

  it('is no zero in a list', async () => {
    const of = async (file: string) =>
      (await runCli(['ls', file], { columns: 100, env: { NO_COLOR: '1' } })).out.trimEnd().split('\n').at(-1)
    expect(await of('fixtures/training.json')).toBe(
      '22 tensors · 268 elements · 6 bytes in the 2 whose type is recorded',
    )
    expect(await of(values)).toMatch(/^32 tensors · [\d,]+ elements$/)
  })

  it('is no zero in a check', async () => {
    const { out } = await run('check', values)
    expect(out).not.toContain('0 bytes')
  })
})
