import { expect, it } from 'vitest'
import { containedName } from '../../src/source/contained-name.ts'

it.each([
  '../../../etc/passwd',
  '/etc/passwd',
  'a/../../x',
  'a/..',
  '..',
  '.',
  './x',
  '',
  'a//b',
  'a/',
  '..\\..\\x',
  'a\\b',
  'C:\\x',
  'C:x',
  'c:/x',
  '\\\\host\\s\\x',
  '//h/x',
  'NUL',
  'nul.safetensors',
  'CON.safetensors',
  'sub/com1.bin',
  'LPT³',
  'CON .x',
  'conin$',
  '%2e%2e%2fx',
  '..%2f',
  '%2E%2E/x',
  '%252e%252e%252fx',
  'a%00b',
  'a\0b',
  'https://evil/x.safetensors',
  'file:///etc/passwd',
  'data:text/plain,x',
  'model.safetensors.',
  'model.safetensors ',
])('refuses %j', (name) => {
  expect(() => containedName(name)).toThrow(expect.objectContaining({ code: 'source/outside' }))
})

it.each([
  'model-00001-of-00002.safetensors',
  'unet/model.safetensors',
  '..a',
  'a..b',
  '...x',
  '__proto__',
  'console.bin',
  'com10.bin',
  'com.bin',
  '2024-05-01T10:00:00.safetensors',
  'epoch=1-step=2.ckpt',
  '100%.bin',
  'emoji😀\n\u001b[31m.bin',
])('takes %j', (name) => {
  expect(containedName(name).join('/')).toBe(name)
})

it('cuts a long name in the message', () => {
  expect(() => containedName(`/${'x'.repeat(10_000)}`)).toThrow(/^.{0,260}$/)
})
