import { expect, test } from 'vitest'
import { SdinspectError } from '../../src/errors.ts'
import { errorText } from '../../src/render/error-text.ts'
import { makeTheme } from '../../src/render/theme.ts'

test('an error says where, what, its code and what to do', () => {
  const error = new SdinspectError(
    'format/truncated',
    'the header ends at 4096, past the end of the file at 4000',
    {
      file: 'model.safetensors',
      offset: 8,
      hint: 'download it again',
    },
  )
  expect([...errorText(error, makeTheme())]).toEqual([
    '✖ error  model.safetensors: the header ends at 4096, past the end of the file at 4000 (at byte 8) [format/truncated]',
    '  → download it again',
  ])
})

test('what an error quotes stays on its line', () => {
  const error = new SdinspectError('format/malformed', 'tensor "a\n::error::b\x1b[2J"', { file: 'x\ry' })
  expect([...errorText(error, makeTheme({ ascii: true }))]).toEqual([
    'x error  "x\\x0dy": tensor "a\\x0a::error::b\\x1b[2J" [format/malformed]',
  ])
})

test('anything else is called a bug', () => {
  const lines = [...errorText(new TypeError('x is undefined'), makeTheme())]
  expect(lines[0]).toContain('TypeError: x is undefined [internal/bug]')
  expect(lines[1]).toContain('bug in sdinspect')
})
