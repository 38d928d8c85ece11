import { companionsOf, type PackedLayout } from './packed.ts'

/** Marlin and QQQ (qqq.py): `B` I32 [in/16, out·2], `s` or `s_channel` [1, out] and `s_group` [groups, out]; buffers. */
export const marlin: PackedLayout = {
  id: 'marlin',
  *sets({ view }) {
    const packed = view.own.get('B')
    const scale = view.own.get('s') ?? view.own.get('s_channel')
    if (packed?.tensor.dtype !== 'I32' || scale === undefined || packed.tensor.shape.length !== 2) return
    const [rows = 0, columns = 0] = packed.tensor.shape
    if (scale.tensor.shape.at(-1) !== columns / 2) return
    yield {
      scheme: view.own.has('s_channel') ? 'QQQ' : 'Marlin',
      weight: packed,
      kind: 'buffer',
      trainable: 'no',
      readings: [
        { bits: 4, shape: [columns / 2, rows * 16], elements: (columns / 2) * rows * 16, inputs: rows * 16 },
      ],
      least: packed.tensor.elements * 8,
      outputs: columns / 2,
      companions: companionsOf(view, ['s', 's_channel', 's_group', 'workspace'], 'buffer'),
      plain: companionsOf(view, ['bias'], 'buffer'),
      classes: ['Linear'],
    }
  },
}
