import { expect, it } from 'vitest'
import { isRegistrationOrder } from '../../src/formats/registration-order.ts'

it('takes the walk of a state dict for what it is', () => {
  expect(
    isRegistrationOrder(
      [
        'scale',
        'stem.0.weight',
        'stem.0.bias',
        'stem.1.weight',
        'stem.1.running_mean',
        'body.gamma',
        'body.attn.q.weight',
        'body.attn.q.bias',
        'body.attn.k.weight',
        'body.mlp.weight',
        'head.weight',
      ],
      2,
    ),
  ).toBe(true)
})

it.each([
  ['a sort by name', ['a.bias', 'a.weight', 'b.weight']],
  ['natural order', ['l.2.bias', 'l.2.weight', 'l.10.bias', 'l.10.weight']],
  ['one name', ['weight']],
  ['nothing', []],
  ['a module that comes twice', ['a.weight', 'a.bias', 'b.weight', 'a.scale']],
  ['a child module that comes twice', ['x.a.weight', 'x.a.bias', 'x.b.weight', 'x.a.scale']],
  ['a parent that comes after its child', ['x.a.weight', 'x.a.bias', 'x.scale']],
  ['the root after a module', ['x.weight', 'x.bias', 'scale']],
  ['sorted runs, a shard after the other', ['a.bias', 'b.bias', 'a.weight', 'b.weight']],
])('does not take %s for registration order', (_, names) => {
  expect(isRegistrationOrder(names, 1)).toBe(false)
})

it('does not take a sort by element type, then name, for registration order', () => {
  const sorted = ['bn.num_batches_tracked', 'bn.bias', 'bn.running_mean', 'bn.weight', 'fc.bias', 'fc.weight']
  expect(isRegistrationOrder(sorted, 2)).toBe(false)
})

it('tells modules apart whose names only start alike', () => {
  expect(isRegistrationOrder(['ab.weight', 'ab.bias', 'a.weight', 'abc.weight'], 1)).toBe(true)
})

it('is linear in names of many segments', () => {
  const deep = Array.from({ length: 300_000 }, () => 'x').join('.')
  expect(isRegistrationOrder([`${deep}.weight`, `${deep}.bias`, 'y.weight'], 1)).toBe(true)
})
