import { describe, expect, it } from 'vitest'
import { linesWithin } from '../../src/render/terminal/lines-within.ts'
import { makeTheme } from '../../src/render/terminal/theme.ts'
import { displayWidth } from '../../src/render/width.ts'
import { packedFixture } from '../helpers/packed-fixture.ts'
import { runCli } from '../helpers/run-cli.ts'

const within = (line: string, columns: number | null) => [...linesWithin([line], { ...makeTheme(), columns })]

describe('a line that is longer than the terminal', () => {
  it('goes on further in, and keeps its words', () => {
    expect(within('  one two  three', 9)).toEqual(['  one two', '    three'])
    expect(within('  one two  three', 16)).toEqual(['  one two  three'])
    expect(within('  one two  three', null)).toEqual(['  one two  three'])
  })

  it('is not measured by its colours', () => {
    expect(within('\x1b[31mone two\x1b[39m', 7)).toEqual(['\x1b[31mone two\x1b[39m'])
    expect(within('\x1b[31mone two\x1b[39m', 6)).toEqual(['\x1b[31mone', '  two\x1b[39m'])
  })

  it('keeps a word whole that is longer', () => {
    expect(within('a verylongword b', 6)).toEqual(['a', '  verylongword', '  b'])
  })
})

const other = packedFixture('fixtures/torch/named_optimizer.pt')

describe.each([40, 60, 80, 100, 120])('%d columns', (columns) => {
  const narrow = [
    ['stats', 'fixtures/cnn.safetensors'],
    ['stats', '--sort', 'absmax', 'fixtures/cnn.safetensors'],
    ['why', 'fixtures/cnn.safetensors', 'bn1.*'],
    ['diff', 'fixtures/torch/with_optimizer.pt', 'fixtures/cnn.safetensors'],
    ['diff', '--values', 'fixtures/torch/with_optimizer.pt', other],
    ['check', 'fixtures/torch/with_optimizer.pt', 'fixtures/lora', 'fixtures/cnn.safetensors'],
    ['inspect', 'fixtures/torch/with_optimizer.pt', '--depth', '1'],
  ]
  const wide = [
    ['ls', 'fixtures/cnn.safetensors'],
    ['inspect', 'fixtures/bert', 'fixtures/gptq', '--memory'],
    ['inspect', 'fixtures/torch/with_optimizer.pt', '--at', 'optimizer'],
  ]
  it.each([...narrow, ...wide])('hold every line of sdinspect %s', async (...argv) => {
    const { out } = await runCli(argv, {
      columns,
      env: { TERM: 'xterm', LANG: 'en_US.UTF-8', NO_COLOR: '1' },
    })
    const text = out.replace(/^.*\x1b\[2K/gm, '')
    expect(text.split('\n').length).toBeGreaterThan(5)
    // Alone on its line, a name may be longer than a line is.
    for (const line of text.split('\n'))
      expect([line, displayWidth(line) <= columns || !/\S\s/.test(line.trim())]).toEqual([line, true])
  })
})
