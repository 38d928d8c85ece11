import { expect, test } from 'vitest'
import { lsText } from '../../src/render/terminal/ls-text.ts'
import { makeTheme } from '../../src/render/terminal/theme.ts'
import { displayWidth } from '../../src/render/width.ts'
import { makeTensor } from './make-report.ts'

const tensors = [
  makeTensor({ name: 'conv.weight', shape: [64, 3, 7, 7] }),
  makeTensor({ name: 'bn.running_mean', shape: [64], kind: 'buffer', kindReason: 'batch norm' }),
  makeTensor({ name: 'scale', shape: [], kindLevel: 'assumed', trainable: 'no' }),
  makeTensor({ name: 'tab\there', shape: [2], tiedTo: 'scale' }),
]

test('a tab or a newline in a name does not leave its line', () => {
  expect([...lsText({ tensors }, makeTheme())][4]).toMatch(/^"tab\\x09here" +param/)
})

test('ls for people is a table with a sum that counts tied tensors once', () => {
  const lines = [...lsText({ tensors }, makeTheme({ columns: 80 }))]
  expect(lines[0]).toMatch(/^Name +Kind +Dtype +Shape +Elements +kB$/)
  expect(lines[2]).toMatch(/^bn\.running_mean +○ buffer +F32 +\[64\] +64 +0\.26$/)
  expect(lines[3]).toMatch(/^scale +param\? frozen +F32 +\[\] +1 +4 B$/)
  expect(lines.at(-1)).toBe('4 tensors · 9,473 elements · 37.9 kB')
})

test('ls says how kinds are known where there is room, and always fits', () => {
  expect([...lsText({ tensors }, makeTheme({ columns: 120 }))].join('\n')).toContain('recognised: batch norm')
  const long = [makeTensor({ name: `model.${'x'.repeat(300)}.weight`, shape: [1] })]
  for (const columns of [60, 120])
    for (const line of lsText({ tensors: long }, makeTheme({ columns })))
      expect(displayWidth(line)).toBeLessThanOrEqual(columns)
})

test('ls leaves out what shape and type say rather than part of a name, which at worst has a line of its own', () => {
  const name = (i: number) => `backbone.body.layer${i}.downsample.num_batches_tracked`
  const many = Array.from({ length: 40 }, (_, i) => makeTensor({ name: name(i), shape: [128, 64] }))
  const at = (columns: number, given = many) => [...lsText({ tensors: given }, makeTheme({ columns }))]
  expect(at(100)[0]).toMatch(/^Name +Kind +Dtype +Shape +Elements +kB$/)
  expect(at(92)[0]).toMatch(/^Name +Kind +Dtype +Shape +kB$/)
  expect(at(80)[0]).toMatch(/^Name +Kind +Dtype +Shape$/)
  for (const columns of [60, 80, 92, 100, 160])
    for (let i = 0; i < 40; i++) expect(at(columns).join('\n')).toContain(name(i))
  // One long name costs the others nothing.
  const odd = makeTensor({ name: `head.${'projection_'.repeat(12)}weight`, shape: [1] })
  const shown = at(100, [...many, odd])
  expect(shown[0]).toMatch(/Elements +kB$/)
  expect(shown.join('').replaceAll(' ', '')).toContain(odd.name)
})
