import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Seen, tokenFeatures } from '../../src/evidence/token-features.ts'

const seen = (module: string): Seen => ({
  leaf: 'weight',
  siblings: [],
  form: null,
  dtype: null,
  isRow: false,
  module,
  around: '',
})

/** Words of a module's name, as features tell them. */
const wordsOf = (module: string) =>
  tokenFeatures(seen(module))
    .filter((feature) => feature.startsWith('m '))
    .map((feature) => feature.slice('m '.length))

it.each([
  ['running_meanSquare2', ['running', 'mean', 'square', '#']],
  ['conv2d', ['conv', '2d']],
  ['0', ['#']],
  ['007', ['#']],
  ['LSTMCell', ['lstmcell']],
  ['a1B', ['a', '#', 'b']],
  ['-._', []],
  ['größeÄ9', ['größeä9']],
  [`${'a'.repeat(77)}_bcdef`, ['a'.repeat(77), 'bc']],
  ['a b', ['a b']],
])('takes the name %j apart', (name, words) => {
  expect(wordsOf(name)).toEqual(words)
})

it('keeps at most twelve words', () => {
  expect(wordsOf('a-b-c-d-e-f-g-h-i-j-k-l-m-n')).toEqual([...'abcdefghijkl'])
})

/** The rule as an expression: marks are left out, a capital or a number begins a word. */
const border = /[_\-.]|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Za-z])(?=\d)/

it('borders are those of the rule, in any name', () => {
  const character = fc.constantFrom(...'aZ09_-. éÅ١\u{1f600}', '', 'bB12')
  fc.assert(
    fc.property(fc.array(character, { maxLength: 60 }), (characters) => {
      const name = characters.join('')
      const words = name
        .slice(0, 80)
        .split(border)
        .filter((word) => word !== '')
        .map((word) => (/^[0-9]+$/.test(word) ? '#' : word.toLowerCase()))
      expect(wordsOf(name)).toEqual([...new Set(words.slice(0, 12))])
    }),
  )
})
