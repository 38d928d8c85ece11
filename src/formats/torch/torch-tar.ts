import { readPickle } from '../../codec/pickle.ts'
import { SdinspectError } from '../../errors.ts'
import { withinLimit } from '../../limits.ts'
import type { Format } from '../format.ts'
import { importsOf } from './safety/imports.ts'
import { importsBeforeError } from './safety/safety.ts'

const block = 512
const text = new TextDecoder('latin1')

/** What torch 0.1 wrote in 2016: a tar archive of `pickle`, `tensors` and `storages`. Named, and not read. */
export const torchTar: Format = {
  id: 'torch-tar',
  title: 'PyTorch 0.1 (tar)',
  family: 'torch',
  endings: [],
  keeps: { versions: false, tiedNames: true },
  detect: (head) =>
    text.decode(head.subarray(257, 262)) === 'ustar' &&
    ['pickle', 'tensors', 'storages', 'sys_info'].includes(memberName(head)),
  async read(source, { limits }) {
    let about = ''
    for (let at = 0; at + block <= source.size; ) {
      const header = await source.read(at, block)
      const name = memberName(header)
      if (name === '') break
      const size = Number.parseInt(text.decode(header.subarray(124, 136)), 8)
      if (!Number.isSafeInteger(size) || at + block + size > source.size)
        throw new SdinspectError(
          'format/truncated',
          `the tar member ${JSON.stringify(name)} at ${at} runs past the end of the file at ${source.size}`,
          { offset: at },
        )
      if (name === 'pickle') {
        withinLimit(limits, 'pickleBytes', size, 'the size of the pickle', at)
        const document = readPickle(await source.read(at + block, size), limits, 'pickle')
        about = importsBeforeError(importsOf(document, limits, 'pickle')).replace(
          'before that it',
          'its pickle',
        )
      }
      at += block + Math.ceil(size / block) * block
    }
    throw new SdinspectError(
      'unsupported/format',
      `the file is a tar archive of torch 0.1, which sdinspect does not read${about}`,
      { hint: 'load it with a torch that still does (weights_only=False, in a sandbox) and save it again' },
    )
  },
}

function memberName(header: Uint8Array): string {
  const end = header.subarray(0, 100).indexOf(0)
  return text.decode(header.subarray(0, end < 0 ? 100 : end))
}
