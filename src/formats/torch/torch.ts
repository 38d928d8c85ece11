import { isSdinspectError, SdinspectError } from '../../errors.ts'
import type { Limits } from '../../limits.ts'
import type { Checkpoint } from '../../model/checkpoint.ts'
import type { Chunk } from '../../model/values/chunk.ts'
import type { ByteSource } from '../../source/source.ts'
import type { ReadContext } from '../format.ts'
import { openArchive, type TorchArchive } from './archive/archive.ts'
import type { ArchiveKind } from './archive/archive-kind.ts'
import { FarMembers, type Member } from './archive/far-members.ts'
import { type MemberPickles, memberPickles } from './archive/member-pickles.ts'
import { exported } from './export/exported.ts'
import { exportedOld } from './export/exported-old.ts'
import { saved } from './objects/saved.ts'
import { importFindings, safetyOf } from './safety/safety.ts'
import { torchScript } from './script/torchscript.ts'

/** What torch writes as a zip archive, the kinds that are surer of themselves first. */
const kinds: readonly ArchiveKind[] = [exported, exportedOld, torchScript, saved]

/** A closer look at a zip archive: whether torch wrote it. */
export async function isOfTorch(source: ByteSource, limits: Limits): Promise<boolean> {
  try {
    const archive = await openArchive(source, { limits })
    return kinds.some((kind) => kind.claims(archive))
  } catch (error) {
    // Some zip archive that is broken, or is not read: reading says so where it is given by name.
    if (isSdinspectError(error)) return false
    throw error
  }
}

/**
 * Reads what torch wrote as a zip archive.
 *
 * @param outer where the bytes of `source` are, where they are a part of another file
 */
export async function readTorch(
  source: ByteSource,
  context: ReadContext,
  outer?: Chunk,
): Promise<Checkpoint> {
  const archive = await openArchive(source, context, outer)
  const kind = kinds.find((one) => one.claims(archive))
  if (kind === undefined) throw noPickle(archive)
  const wanted = new Set([...kind.wants(archive), ...(kind.opens?.(archive) ?? [])])
  archive.fetch(kind.wants(archive))
  const far = source.remote === undefined ? undefined : new FarMembers(archive, context.limits)
  far?.fetch(membersOf(archive).filter(([name]) => !wanted.has(name)))
  const checkpoint = await kind.read(archive, source.size, context)
  const members = membersOf(archive).filter(([, { name }]) => !archive.seen.has(name))
  if (far === undefined) {
    const { file, pickles } = archive
    const found = await memberPickles(source, members, file, context.limits, pickles)
    return withMembers(checkpoint, found, file)
  }
  const found = await far.read(members, context.verify === true)
  const unverified = [...archive.unverified(), ...(checkpoint.unverified ?? []), ...found.unverified]
  const whole = withMembers(checkpoint, found, archive.file)
  return unverified.length === 0 ? whole : { ...whole, unverified }
}

// Storages, which torch takes as they are, and what its own writers put beside them; source text.
const plainEntry =
  /^(data\/(weights\/|constants\/)?[^/]+|constants\/\d+|code\/.*|models\/.*\.json|\.data\/[^/]*|version|byteorder|archive_(format|version)|\.format_version|\.storage_alignment)$/
const pickleEnding = /\.(pkl|pickle|pt|pth|bin|ckpt|joblib)$/i

/** Those of which the format does not say that they are no pickles. */
function membersOf(archive: TorchArchive): Member[] {
  return [...archive.entries].filter(
    ([name, entry]) => archive.pickles.has(entry.name) || pickleEnding.test(name) || !plainEntry.test(name),
  )
}

/** With the imports of the pickles that are in the archive beside the one that was read. */
function withMembers(checkpoint: Checkpoint, found: MemberPickles, file: string): Checkpoint {
  if (found.imports.length === 0 && found.findings.length === 0) return checkpoint
  // Names that torch.jit.load looks up in the archive itself.
  const imports = found.imports.filter(({ name }) => !/^(__torch__|torch\.jit\._pickle)\./.test(name))
  return {
    ...checkpoint,
    pickle: safetyOf([...(checkpoint.pickle?.imports ?? []), ...imports]),
    findings: [...checkpoint.findings, ...importFindings(safetyOf(imports), file), ...found.findings],
  }
}

function noPickle(archive: TorchArchive): SdinspectError {
  const names = [...archive.entries.keys()].slice(0, 3).map((name) => JSON.stringify(name.slice(0, 80)))
  return new SdinspectError(
    'format/malformed',
    `the archive has no data.pkl, so torch did not write it: it has ${archive.entries.size} entries, ${names.join(', ')}`,
  )
}
