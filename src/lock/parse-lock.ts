import { defaultLimits, type Limits } from '../limits.ts'
import { moduleTree } from '../model/modules/tree.ts'
import { nearest } from '../model/names/edit-distance.ts'
import { TextNames } from '../model/names/name-column.ts'
import { rowsByName } from '../model/names/name-order.ts'
import { naturalCompare } from '../model/names/natural-order.ts'
import { MadeList } from '../model/tensors/made-list.ts'
import type { Kind } from '../model/verdict.ts'
import { LineReader } from './line-reader.ts'
import {
  holdsToValues,
  type Lock,
  type LockedCheckpoint,
  type LockedFile,
  type LockedTensor,
  type LockedValue,
  type LockLevel,
  lockLevels,
} from './lock.ts'
import { readDType, readParts, readRepresentation } from './locked-representation.ts'
import { lockVersion, totalsText } from './write-lock.ts'

export interface ParseLockOptions {
  /** How errors name the file. */
  readonly file?: string
  readonly limits?: Partial<Limits>
}

/** A checkpoint while its lines are read. */
interface Growing {
  readonly path: string
  readonly line: number
  /** Words that may be said once, and were. */
  readonly said: Set<string>
  stateDict: string
  level: LockLevel | null
  totals: { readonly text: string; readonly line: number } | null
  readonly files: LockedFile[]
  readonly names: string[]
  /** By name: what its line says of it, for all names of the line. */
  readonly facts: Omit<LockedTensor, 'name'>[]
  readonly values: LockedValue[]
  /** Of tensors, by name. */
  readonly digests: Map<string, { readonly sha256: string; readonly line: number }>
  /** By name of an entry: its line. */
  readonly lines: Map<string, number>
}

const kinds: readonly Kind[] = ['parameter', 'buffer', 'other']
const words = ['checkpoint', 'state-dict', 'level', 'totals', 'file', 'digest']
/** Words that may be said as often as there is something to say. */
const repeated: readonly string[] = ['file', 'digest']

/**
 * Reads the text of a lock.
 *
 * @throws SdinspectError `usage/lock` with line and column, `limit/exceeded` for sets of too many names
 */
export function parseLock(text: string, options: ParseLockOptions = {}): Lock {
  const limits = { ...defaultLimits, ...options.limits }
  const growing: Growing[] = []
  let hasVersion = false
  let tensors = 0
  let line = 0
  for (const content of linesOf(text)) {
    line++
    const reader = new LineReader(content.trimEnd(), line, options.file)
    if (content.trim() === '' || content.startsWith('#')) continue
    if (!hasVersion) {
      readVersion(reader)
      hasVersion = true
    } else if (content.startsWith(' ')) {
      const checkpoint = growing.at(-1) ?? reader.refuse('a tensor comes before the first "checkpoint"')
      tensors += readEntries(reader, limits.lockTensors - tensors, checkpoint)
    } else readWord(reader, growing)
  }
  if (!hasVersion)
    new LineReader('', 1, options.file).refuse(`the file does not start with "sdinspect-lock ${lockVersion}"`)
  return { checkpoints: growing.map((checkpoint) => finished(checkpoint, options.file)) }
}

/** Lines without their ends; one after another, because a lock may have a million. */
function* linesOf(text: string): Generator<string> {
  for (let begin = 0; begin < text.length; ) {
    const found = text.indexOf('\n', begin)
    const end = found < 0 ? text.length : found
    yield text.slice(begin, text[end - 1] === '\r' ? end - 1 : end)
    begin = end + 1
  }
}

function readVersion(reader: LineReader): void {
  const word = reader.word()
  if (word !== 'sdinspect-lock')
    reader.refuse(
      `the file starts with ${JSON.stringify(word.slice(0, 80))}, not "sdinspect-lock ${lockVersion}"`,
    )
  const version = reader.number('a version')
  if (version !== lockVersion)
    reader.refuse(
      `the lock is of version ${version}, and this sdinspect reads version ${lockVersion}`,
      'remove it and write it again from checkpoints that are as they should be: sdinspect lock PATH',
    )
  reader.end()
}

function readWord(reader: LineReader, growing: Growing[]): void {
  const word = reader.word()
  if (word === 'checkpoint') {
    growing.push({
      path: reader.name('the path of a checkpoint'),
      line: reader.line,
      said: new Set(),
      stateDict: '',
      level: null,
      totals: null,
      files: [],
      names: [],
      facts: [],
      values: [],
      digests: new Map(),
      lines: new Map(),
    })
    reader.end()
    return
  }
  if (!words.includes(word)) {
    const near = nearest(word, words)
    reader.refuse(
      `${JSON.stringify(word.slice(0, 80))} is no word of a lock`,
      near === undefined ? 'lines of tensors start with two spaces' : `did you mean ${near}?`,
    )
  }
  const checkpoint = growing.at(-1) ?? reader.refuse(`"${word}" comes before the first "checkpoint"`)
  if (!repeated.includes(word) && checkpoint.said.has(word))
    reader.refuse(`"${word}" is said twice of one checkpoint`)
  checkpoint.said.add(word)
  if (word === 'state-dict') checkpoint.stateDict = reader.name('the path of a state dict')
  else if (word === 'level') checkpoint.level = readLevel(reader)
  else if (word === 'totals') {
    checkpoint.totals = { text: reader.rest(), line: reader.line }
    return
  } else if (word === 'digest') readTensorDigest(reader, checkpoint)
  else checkpoint.files.push(readFile(reader))
  reader.end()
}

function readLevel(reader: LineReader): LockLevel {
  const word = reader.word()
  const level = lockLevels.find((each) => each === word)
  if (level !== undefined) return level
  const near = nearest(word, lockLevels)
  return reader.refuse(
    `${JSON.stringify(word.slice(0, 80))} is no level`,
    near === undefined ? `the levels are ${lockLevels.join(', ')}` : `did you mean ${near}?`,
  )
}

function readFile(reader: LineReader): LockedFile {
  const name = reader.name('the name of a file')
  const bytes = reader.number('a size in bytes')
  return { name, bytes, sha256: readDigest(reader), line: reader.line }
}

function readTensorDigest(reader: LineReader, { digests }: Growing): void {
  const name = reader.name('the name of a tensor')
  const before = digests.get(name)
  if (before !== undefined)
    reader.refuse(`the digest of ${JSON.stringify(name.slice(0, 200))} is in line ${before.line} already`)
  digests.set(name, { sha256: readDigest(reader), line: reader.line })
}

function readDigest(reader: LineReader): string {
  const sha256 = /^sha256:([0-9a-f]{64})$/.exec(reader.word())?.[1]
  return sha256 ?? reader.refuse('the digest is not "sha256:" and 64 hexadecimal digits')
}

/** The entries of one line, at most `room`, added to their checkpoint. How many they are. */
function readEntries(reader: LineReader, room: number, checkpoint: Growing): number {
  const names = reader.names(room)
  const kindWord = reader.word()
  const assumed = kindWord.endsWith('?')
  const kind = kinds.find((each) => each === (assumed ? kindWord.slice(0, -1) : kindWord))
  if (kind === undefined)
    return reader.refuse(
      `${JSON.stringify(kindWord.slice(0, 80))} is no kind`,
      `the kinds are ${kinds.join(', ')}`,
    )
  if (kind === 'other' && reader.takes('value')) {
    const type = reader.takes('-') ? null : reader.name('the name of a class')
    const parts = readParts(reader)
    reader.end()
    for (const name of names) {
      claim(checkpoint, name, reader)
      checkpoint.values.push({ name, type, parts, line: reader.line })
    }
    return names.length
  }
  const dtype = readDType(reader)
  const shape = reader.shape()
  const representation = reader.takes('as') ? readRepresentation(reader, shape) : undefined
  const frozen = reader.takes('frozen')
  const tiedTo = reader.takes('=') ? reader.name('the name it is tied to') : null
  reader.end()
  const kept = representation === undefined ? {} : { representation }
  const facts = { kind, assumed, dtype, shape, frozen, tiedTo, ...kept, line: reader.line }
  for (const name of names) {
    claim(checkpoint, name, reader)
    checkpoint.names.push(name)
    checkpoint.facts.push(facts)
  }
  return names.length
}

function claim(checkpoint: Growing, name: string, reader: LineReader): void {
  const before = checkpoint.lines.get(name)
  if (before !== undefined)
    reader.refuse(`the tensor ${JSON.stringify(name.slice(0, 200))} is in line ${before} already`)
  checkpoint.lines.set(name, reader.line)
}

function finished(checkpoint: Growing, file: string | undefined): LockedCheckpoint {
  const { path, stateDict, level, totals, files, names, facts, values, digests, lines, line } = checkpoint
  const refuse = (message: string, at: number, hint?: string): never =>
    new LineReader('', at, file).refuse(message, hint)
  if (level === null)
    return refuse('the checkpoint has no level', line, `add a line "level ${lockLevels[1]}"`)
  if (totals === null) return refuse('the checkpoint has no totals', line)
  const counted = totalsText(facts, values.length)
  if (totals.text.replaceAll(/ +/g, ' ') !== counted.replaceAll(/ +/g, ' '))
    return refuse(
      `the totals are ${JSON.stringify(totals.text.slice(0, 200))}, and the lines add up to ${JSON.stringify(counted)}`,
      totals.line,
      'after a merge or an edit by hand, write the lock again with sdinspect lock',
    )
  const mayRefuse = digests.size > 0 || level === 'values'
  const refuseWithout = (what: string, name: string, at: number) =>
    refuse(
      `the ${what} ${JSON.stringify(name.slice(0, 200))} has no digest, and the level is values`,
      at,
      'write the lock again with sdinspect lock',
    )
  ;(mayRefuse ? names : []).forEach((name, row) => {
    const { tiedTo, line: at } = facts[row] as Omit<LockedTensor, 'name'>
    const found = digests.get(name)
    if (found === undefined && level === 'values' && tiedTo === null) refuseWithout('tensor', name, at)
    if (found !== undefined && tiedTo !== null)
      refuse(
        `the tensor ${JSON.stringify(name.slice(0, 200))} is tied to another, whose digest is its own`,
        found.line,
      )
  })
  const withoutTensors = new Set<string>()
  values.forEach((value, i) => {
    const sha256 = digests.get(value.name)?.sha256
    if (value.parts.length === 0) withoutTensors.add(value.name)
    else if (sha256 !== undefined) values[i] = { ...value, sha256 }
    else if (level === 'values') refuseWithout('entry', value.name, value.line)
  })
  for (const [name, { line: at }] of digests)
    if (!lines.has(name) || withoutTensors.has(name))
      refuse(`there is no tensor ${JSON.stringify(name.slice(0, 200))} in the checkpoint`, at)
  if (digests.size > 0 && !holdsToValues(level))
    refuse(`a lock of the level ${level} has no digests of tensors`, line)
  const rows = rowsByName(moduleTree(new TextNames(names)))
  const tensors = new MadeList(rows.length, (index): LockedTensor => {
    const row = rows[index] as number
    const name = names[row] as string
    const found = digests.get(name)
    const tensor = { name, ...(facts[row] as Omit<LockedTensor, 'name'>) }
    return found === undefined ? tensor : { ...tensor, sha256: found.sha256 }
  })
  values.sort((a, b) => naturalCompare(a.name, b.name))
  return { path, stateDict, level, tensors, values, files, line }
}
