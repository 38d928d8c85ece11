import { type TarMember, tarMembers } from '../../../codec/tar.ts'
import { SdinspectError } from '../../../errors.ts'
import type { Limits } from '../../../limits.ts'
import type { Checkpoint } from '../../../model/checkpoint.ts'
import { fileName } from '../../../source/file-name.ts'
import { part } from '../../../source/part.ts'
import type { ByteSource } from '../../../source/source.ts'
import { headBytes } from '../../detect.ts'
import type { Format, ReadContext } from '../../format.ts'
import { isCompressedPickle } from '../archive/member-pickles.ts'
import { readTorch } from '../torch.ts'

/** Members that a message names. */
const shown = 8
const longestName = 80

/** A member that is a file of weights, or a pickle, by its first bytes. */
interface Weights {
  readonly member: TarMember
  /** null: it is compressed. */
  readonly format: Format | null
  readonly source: ByteSource
}

/**
 * The one file of torch in a tar archive. What else is in it may be no weights and no pickle, so that nothing is passed
 * over.
 *
 * @throws SdinspectError `unsupported/format`, naming the members, where it holds none, several, or one of another format
 */
export async function readTar(
  source: ByteSource,
  context: ReadContext,
  formats: readonly Format[],
): Promise<Checkpoint> {
  const read = (offset: number, length: number) => source.read(offset, length)
  const members = await tarMembers(source.size, read, context.limits)
  const found = await weightsAmong(source, members, formats, context.limits)
  const [first] = found
  if (first === undefined) throw refused(`holds ${namesOf(members)}, and no weights`)
  if (found.length > 1)
    throw refused(`holds several files that may be weights: ${namesOf(found.map(({ member }) => member))}`)
  const { member, format } = first
  if (format?.id !== 'torch') throw refused(`holds ${namesOf([member])} (${format?.title ?? 'compressed'})`)
  const place = { file: fileName(source.name), offset: member.offset, length: member.size }
  const checkpoint = await readTorch(first.source, context, place)
  return {
    ...checkpoint,
    format: 'tar',
    producer: isOfNemo(members) ? 'NVIDIA NeMo' : checkpoint.producer,
    parts: new Map([[place.file, [{ name: member.name, offset: member.offset, length: member.size }]]]),
    files: checkpoint.files.map((file) =>
      file.name === place.file ? { ...file, bytes: source.size } : file,
    ),
  }
}

/** Each begins with what it is. */
async function weightsAmong(
  source: ByteSource,
  members: readonly TarMember[],
  formats: readonly Format[],
  limits: Limits,
): Promise<Weights[]> {
  const found: Weights[] = []
  for (const member of members) {
    if (member.size === 0) continue
    const inside = part(source, member.offset, member.size, `${source.name}: ${member.name}`)
    const head = await inside.read(0, Math.min(headBytes, member.size))
    const format =
      formats.find((one) => one.detect(head, member.size)) ?? (await hiddenIn(inside, formats, limits))
    if (format !== null || isCompressedPickle(member.name)) found.push({ member, format, source: inside })
  }
  return found
}

/** A format that its first bytes do not show: a pickle needs no magic. */
async function hiddenIn(
  source: ByteSource,
  formats: readonly Format[],
  limits: Limits,
): Promise<Format | null> {
  for (const format of formats) if (await format.hides?.(source, limits)) return format
  return null
}

const isOfNemo = (members: readonly TarMember[]): boolean =>
  members.some(({ name }) => name === 'model_config.yaml')

function refused(what: string): SdinspectError {
  return new SdinspectError('unsupported/format', `the tar archive ${what}`, { hint: 'unpack it first' })
}

function namesOf(members: readonly TarMember[]): string {
  if (members.length === 0) return 'nothing'
  const names = members.slice(0, shown).map(({ name }) => JSON.stringify(name.slice(0, longestName)))
  const rest = members.length - names.length
  return `${names.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}
