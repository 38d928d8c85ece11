import type { Tensor } from '../model/tensors/tensor.ts'
import type { TensorList } from '../model/tensors/tensor-list.ts'
import type { Chunk } from '../model/values/chunk.ts'
import type { NoValues, Values } from '../model/values/values.ts'
import type { Places } from '../render/html/page-content.ts'

/** Where the values of each tensor are, and what is to be known to read them there. */
export function placesOf(tensors: TensorList<Tensor>): Places {
  const files = new Numbers()
  const notes = new Numbers()
  const { length: size } = tensors
  const file = new Uint32Array(size)
  const offset = new Float64Array(size)
  const length = new Float64Array(size)
  const note = new Uint32Array(size)
  tensors.forEach(({ values }, index) => {
    if (typeof values === 'string') {
      note[index] = notes.of(without[values])
      return
    }
    const first = values.chunks[0]
    if (first === undefined) return
    file[index] = files.of(first.file)
    offset[index] = first.offset
    length[index] = first.length
    const told = noteOf(values, first)
    if (told !== '') note[index] = notes.of(told)
  })
  return { files: files.texts, file, offset, length, notes: notes.texts, note }
}

const without: Readonly<Record<NoValues, string>> = {
  meta: 'a meta tensor: it has no values',
  'not in this file': 'the file describes it, and its values are elsewhere',
  'in its parts': 'its values are those of its parts',
  'layout not known': 'its values are in a form that is not read',
}

const codecs: Readonly<Record<NonNullable<Chunk['layers']>[number]['codec'], string>> = {
  deflate: 'compressed with deflate',
  latin1: 'in pickled text',
  varints: 'integers of variable length',
  'json-numbers': 'numbers of a text',
  zlib: 'compressed with zlib',
  lzf: 'compressed with LZF',
  shuffle: 'byte by byte of all elements',
  fletcher32: 'with a checksum',
  fill: 'never written: the value that the file fills with',
}

function noteOf(values: Values, first: Chunk): string {
  const { chunks, strides, bigEndian, conj, neg } = values
  const parts = [
    chunks.length > 1 ? `the first of ${chunks.length} runs` : '',
    ...(first.layers ?? []).map(({ codec }) => codecs[codec]),
    first.blob === true ? 'in a file of its own, where in it is found when it is read' : '',
    first.locate === undefined ? '' : 'where it begins is compared with the file when it is read',
    strides === undefined ? '' : `a view with strides [${strides.join(', ')}]`,
    bigEndian === true ? 'big-endian' : '',
    conj === true ? 'complex conjugates' : '',
    neg === true ? 'negated' : '',
  ]
  return parts.filter((part) => part !== '').join('; ')
}

/** A number from 1 on for each different text. */
class Numbers {
  readonly texts: string[] = []
  readonly #numbers = new Map<string, number>()

  of(text: string): number {
    let number = this.#numbers.get(text)
    if (number === undefined) {
      number = this.texts.push(text)
      this.#numbers.set(text, number)
    }
    return number
  }
}
