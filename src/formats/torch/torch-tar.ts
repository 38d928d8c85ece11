import { readPickle } from '../../codec/pickle.ts'
import { SdinspectError } from '../../errors.ts'
import { withinLimit } from '../../limits.ts'
import type { ByteSource } from '../../source/source.ts'
import type { ReadContext } from '../format.ts'
import { tarMember } from './file-names.ts'
import { importsOf } from './safety/imports.ts'
import { importsBeforeError } from './safety/safety.ts'

const block = 512
const text = new TextDecoder('latin1')

/**
 * Says that a tar archive of torch 0.1 is not read, and what its pickle imports.
 *
 * @throws SdinspectError always: `unsupported/format`, or `format/truncated`
 */
export async function refuseTar(source: ByteSource, { limits }: ReadContext): Promise<never> {
  let about = ''
  for (let at = 0; at + block <= source.size; ) {
    const header = await source.read(at, block)
    const name = tarMember(header)
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
}
