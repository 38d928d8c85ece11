import { readPickle } from '../../codec/pickle.ts'
import { tarMembers } from '../../codec/tar.ts'
import { SdinspectError } from '../../errors.ts'
import { withinLimit } from '../../limits.ts'
import type { ByteSource } from '../../source/source.ts'
import type { ReadContext } from '../format.ts'
import { importsOf } from './safety/imports.ts'
import { importsBeforeError } from './safety/safety.ts'

/**
 * Says that a tar archive of torch 0.1 is not read, and what its pickle imports.
 *
 * @throws SdinspectError always: `unsupported/format`, or what is wrong with the archive
 */
export async function refuseTar(source: ByteSource, { limits }: ReadContext): Promise<never> {
  const read = (offset: number, length: number) => source.read(offset, length)
  let about = ''
  for (const { name, offset, size } of await tarMembers(source.size, read, limits)) {
    if (name !== 'pickle') continue
    withinLimit(limits, 'pickleBytes', size, 'the size of the pickle', offset)
    const document = readPickle(await read(offset, size), limits, 'pickle')
    about = importsBeforeError(importsOf(document, limits, 'pickle')).replace('before that it', 'its pickle')
  }
  throw new SdinspectError(
    'unsupported/format',
    `the file is a tar archive of torch 0.1, which sdinspect does not read${about}`,
    { hint: 'load it with a torch that still does (weights_only=False, in a sandbox) and save it again' },
  )
}
