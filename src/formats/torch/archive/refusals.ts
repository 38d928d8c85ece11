import { finding } from '../../../findings/finding.ts'
import type { Finding } from '../../../model/finding.ts'
import type { TorchArchive } from './archive.ts'

/** Where the version of an archive is: torch takes the first of them. */
export const versionRecords = ['.data/version', 'version'] as const

export const alignmentRecord = '.storage_alignment'

/** caffe2/serialize/versions.h, kMinSupportedFileFormatVersion and kMaxSupportedFileFormatVersion. */
const versions = { first: 1n, last: 10n }

/**
 * Why torch's own reader of archives (caffe2/serialize/inline_container.cc) refuses this one: it has no version, or one
 * that the reader does not know.
 */
export async function versionFindings(archive: TorchArchive): Promise<Finding[]> {
  const name = versionRecords.find((one) => archive.entries.has(one))
  if (name === undefined) return [finding('torch/refused', { why: 'no-version' }, { file: archive.file })]
  const said = await archive.text(name)
  const version = asUnsigned(said)
  if (version !== null && version >= versions.first && version <= versions.last) return []
  return [finding('torch/refused', { why: 'version', said: shortened(said) }, { file: archive.file })]
}

/** torch.load makes a number of this record (torch/serialization.py, _load), and of no other text. */
export async function alignmentFindings(archive: TorchArchive): Promise<Finding[]> {
  if (!archive.entries.has(alignmentRecord)) return []
  const said = await archive.text(alignmentRecord)
  if (isPythonInteger(said)) return []
  return [finding('torch/refused', { why: 'alignment', said: shortened(said) }, { file: archive.file })]
}

/** `std::stoull`: white space, a sign, digits, and whatever follows them. */
function asUnsigned(text: string): bigint | null {
  const [, sign, digits] = /^[ \t-\r]*([+-]?)(\d{1,4096})/.exec(text) ?? []
  if (digits === undefined) return null
  return sign === '-' ? -BigInt(digits) : BigInt(digits)
}

/** `int(bytes)`, up to the 4,300 digits that Python takes. */
function isPythonInteger(text: string): boolean {
  return text.length <= 4_300 && /^[ \t-\r]*[+-]?\d+(?:_\d+)*[ \t-\r]*$/.test(text)
}

function shortened(text: string): string {
  return text.slice(0, 40)
}

/** torch.load takes the persistent id of a storage apart, and fails on one item more or less. */
export function itemFindings(counts: ReadonlySet<number>, expected: number, file: string): Finding[] {
  const items = [...counts].find((count) => count !== expected)
  return items === undefined ? [] : [finding('torch/refused', { why: 'items', items, expected }, { file })]
}
