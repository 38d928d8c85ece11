import { describe, expect, it } from 'vitest'
import { lookOf } from '../../src/cli/output/look.ts'

const pipe = { isTTY: false, columns: undefined }
const terminal = { isTTY: true, columns: 100 }
const color = (
  sink: typeof pipe | typeof terminal,
  env: Record<string, string> = {},
  mode: 'auto' | 'always' | 'never' = 'auto',
) => lookOf(sink, { TERM: 'xterm-256color', ...env }, { color: mode, ascii: false }).color

describe('colour', () => {
  it('is for terminals', () => {
    expect(color(terminal)).toBe(2)
    expect(color(pipe)).toBe(0)
    expect(color(terminal, { TERM: 'dumb' })).toBe(0)
    expect(color(terminal, { TERM: 'xterm' })).toBe(1)
    expect(color(terminal, { COLORTERM: 'truecolor' })).toBe(3)
  })

  it('is not there when NO_COLOR is set to anything', () => {
    expect(color(terminal, { NO_COLOR: '1' })).toBe(0)
    expect(color(terminal, { NO_COLOR: '' })).toBe(2)
  })

  it('is what FORCE_COLOR says, whatever NO_COLOR says', () => {
    expect(color(pipe, { FORCE_COLOR: '3', NO_COLOR: '1' })).toBe(3)
    expect(color(pipe, { FORCE_COLOR: '1' })).toBe(1)
    expect(color(pipe, { FORCE_COLOR: '' })).toBe(2)
    expect(color(pipe, { FORCE_COLOR: 'true', TERM: 'dumb' })).toBe(1)
    for (const off of ['0', 'false']) expect(color(terminal, { FORCE_COLOR: off })).toBe(0)
  })

  it('is what the flag says, whatever the environment says', () => {
    expect(color(pipe, { NO_COLOR: '1', FORCE_COLOR: '0' }, 'always')).toBe(2)
    expect(color(terminal, { FORCE_COLOR: '3' }, 'never')).toBe(0)
  })
})

describe('width and characters', () => {
  const look = (sink: { isTTY: boolean; columns: number | undefined }, env: Record<string, string> = {}) =>
    lookOf(sink, env, { color: 'auto', ascii: false })

  it('are those of the terminal, else COLUMNS, else 80', () => {
    expect(look(terminal, { COLUMNS: '60' }).columns).toBe(100)
    expect(look({ isTTY: true, columns: undefined }, { COLUMNS: '60' }).columns).toBe(60)
    expect(look({ isTTY: true, columns: 0 }, { COLUMNS: '60' }).columns).toBe(60)
    for (const odd of ['0', '-5', 'x', '1e9', ''])
      expect(look({ isTTY: true, columns: undefined }, { COLUMNS: odd }).columns).toBe(80)
  })

  it('are not limited in a pipe, and nobody is looking', () => {
    expect(look(pipe, { COLUMNS: '60' })).toMatchObject({ columns: null, interactive: false, ascii: false })
    expect(look(terminal).interactive).toBe(true)
  })

  it('are ASCII where the terminal has no more', () => {
    expect(look(terminal, { TERM: 'linux' }).ascii).toBe(true)
    expect(look(terminal, { LANG: 'C' }).ascii).toBe(true)
    expect(look(terminal, { LANG: 'de_DE.UTF-8' }).ascii).toBe(false)
    expect(look(terminal, { LANG: 'de_DE.UTF-8', LC_ALL: 'C' }).ascii).toBe(true)
    expect(look(pipe, { LANG: 'C' }).ascii).toBe(false)
  })
})
