import { readPickle } from '../../../codec/pickle.ts'
import { SdinspectError } from '../../../errors.ts'
import { finding } from '../../../findings/finding.ts'
import type { Limits } from '../../../limits.ts'
import type { Checkpoint, Declaration, PickledImport, StateDict } from '../../../model/checkpoint.ts'
import type { Finding } from '../../../model/finding.ts'
import { isBigEndian, readDataPickle, type TorchArchive } from '../archive/archive.ts'
import type { ArchiveKind } from '../archive/archive-kind.ts'
import type { Member } from '../archive/far-members.ts'
import { versionFindings, versionRecords } from '../archive/refusals.ts'
import { ZipStorages } from '../archive/zip-storages.ts'
import { Evaluation } from '../evaluate/evaluation.ts'
import { elementsIn, isCall } from '../objects/objects.ts'
import { unlistedFindings, unlistedTensors } from '../objects/unlisted.ts'
import { isUnread, type NamedRecord } from '../rebuild/tensor-record.ts'
import { tensorsOf } from '../rebuild/tensors.ts'
import { importsOf } from '../safety/imports.ts'
import { brokenPickle, importFindings, safetyOf } from '../safety/safety.ts'
import { type ScriptClass, scriptClasses, shownClass, sourceOf } from './script-classes.ts'
import { scriptContents, scriptType } from './script-module.ts'

/** What `torch.jit.save` writes. torch's own test for it is the entry `constants.pkl`. */
export const torchScript: ArchiveKind = {
  claims: (archive) => archive.entries.has('constants.pkl') && archive.entries.has('data.pkl'),
  wants: (archive) => ['data.pkl', 'byteorder', 'constants.pkl', ...versionRecords, ...sources(archive)],
  async read(archive, size, { limits, verify }) {
    const bigEndian = await isBigEndian(archive)
    const pickled = await readDataPickle(archive, limits)
    const root = pickled.value
    if (!isCall(root) || scriptType(root) === undefined)
      throw new SdinspectError(
        'format/malformed',
        'data.pkl: the object of a TorchScript archive is no module of it',
      )
    const storages = new ZipStorages(archive, bigEndian, pickled)
    const texts = new Texts(archive)
    const classes = await readClasses(archive, pickled.imports, texts)
    const { read } = pickled.evaluation
    const contents = scriptContents(root, (type) => classes.get(type), read, limits)
    const listed = contents.entries.map(({ source }) => source)
    const constants = await readConstants(archive, bigEndian, limits)
    const isFrozen = contents.entries.length === 0 && constants.stateDict !== null
    const main: StateDict = {
      path: '',
      role: 'model',
      tensors: tensorsOf(contents.entries, storages.place),
      order: 'registration',
      savedAs: { class: 'torch.jit._script.RecursiveScriptModule', isMapping: false },
      facts: {
        declarations: contents.declarations,
        moduleClasses: new Map([...contents.types].map(([path, type]) => [path, shownClass(type)])),
      },
    }
    const imports = [...pickled.imports, ...constants.imports]
    // Code that would be a round of its own is left to who asks for all.
    const isLeft = archive.source.remote !== undefined && verify !== true && sources(archive).length === 0
    const left = isLeft ? codeFiles(archive) : []
    return {
      format: 'torchscript',
      producer: archive.entries.has('bytecode.pkl') ? 'TorchScript for the lite interpreter' : 'TorchScript',
      files: [{ name: archive.file, bytes: size, role: 'weights' }],
      metadata: new Map(),
      side: {},
      stateDicts: [
        ...(isFrozen ? [] : [main]),
        ...(constants.stateDict === null
          ? []
          : [{ ...constants.stateDict, role: isFrozen ? 'model' : 'other' } as const]),
      ],
      values: extraFiles(archive),
      pickle: safetyOf(imports),
      ...(left.length === 0
        ? {}
        : {
            unverified: [
              { file: archive.file, what: 'script-code', count: left.length, bytes: compressedBytes(left) },
            ],
          }),
      findings: [
        ...archive.findings,
        ...(await versionFindings(archive)),
        ...(isLeft ? [] : await fileFindings(archive, texts)),
        ...importFindings(safetyOf(imports.filter(({ name }) => !isScriptName(name))), archive.file),
        ...pickled.findings,
        ...unlistedFindings(unlistedTensors(root, listed, read)),
        ...(isFrozen ? [frozenFinding(archive)] : []),
      ],
    } satisfies Checkpoint
  },
}

/** Files of an archive, each read once. */
class Texts {
  readonly #archive: TorchArchive
  readonly #read = new Map<string, Promise<string>>()

  constructor(archive: TorchArchive) {
    this.#archive = archive
  }

  fetch(names: readonly string[]): void {
    this.#archive.fetch(new Set(names.filter((name) => !this.#read.has(name))))
  }

  of(name: string): Promise<string> {
    const text = this.#read.get(name) ?? this.#archive.text(name)
    this.#read.set(name, text)
    return text
  }
}

/** Calls of operators that read and write files, as the serializer prints them. */
const ofFiles = /\b(?:torch|ops\.aten)\.(?:save|from_file)\(/g

/** What the code of an archive does with files: all of it is looked at, used by a class or not. */
async function fileFindings(archive: TorchArchive, texts: Texts): Promise<Finding[]> {
  const files = codeFiles(archive).map(([name]) => name)
  texts.fetch(files)
  const calls = new Set<string>()
  for (const name of files)
    for (const [call] of (await texts.of(name)).matchAll(ofFiles))
      calls.add(`${call.slice(0, -1)} in ${name}`)
  return calls.size === 0
    ? []
    : [finding('security/model-code', { what: 'script', names: [...calls] }, { file: archive.file })]
}

/** More source text than this, compressed, is read file by file when the pickle has named it. */
const sourceBytes = 524_288

/** The source files of the classes, of which the pickle will name most. */
function sources(archive: TorchArchive): readonly string[] {
  const files = codeFiles(archive)
  return compressedBytes(files) <= sourceBytes ? files.map(([name]) => name) : []
}

function codeFiles(archive: TorchArchive): readonly Member[] {
  return [...archive.entries].filter(([name]) => name.startsWith('code/') && name.endsWith('.py'))
}

function compressedBytes(members: readonly Member[]): number {
  return members.reduce((sum, [, entry]) => sum + entry.compressedBytes, 0)
}

/** Names that torch.jit.load looks up in the archive itself, or makes a list of plain values with. */
function isScriptName(name: string): boolean {
  return name.startsWith('__torch__.') || name.startsWith('torch.jit._pickle.')
}

/** The classes that the pickle names, by type. A class whose source is missing is left out. */
async function readClasses(
  archive: TorchArchive,
  imports: readonly PickledImport[],
  texts: Texts,
): Promise<Map<string, ScriptClass>> {
  const classes = new Map<string, ScriptClass>()
  const files = new Map<string, ReadonlyMap<string, ScriptClass>>()
  texts.fetch(imports.flatMap(({ name }) => (name.startsWith('__torch__.') ? [sourceOf(name).file] : [])))
  for (const { name: type } of imports) {
    if (!type.startsWith('__torch__.')) continue
    const { file, name } = sourceOf(type)
    if (!archive.entries.has(file)) continue
    let inFile = files.get(file)
    if (inFile === undefined) {
      inFile = scriptClasses(await texts.of(file))
      files.set(file, inFile)
    }
    const found = inFile.get(name)
    if (found !== undefined) classes.set(type, found)
  }
  return classes
}

/** The constants of the graph: a tuple, with storages in a folder of its own. A frozen module has all its weights there. */
async function readConstants(archive: TorchArchive, bigEndian: boolean, limits: Limits) {
  const evaluation = new Evaluation(limits)
  const document = readPickle(
    await archive.bytes('constants.pkl', 'pickleBytes'),
    limits,
    'constants.pkl',
    evaluation,
  )
  const imports = importsOf(document, limits, 'constants.pkl')
  if (document.error !== null || document.value === undefined) throw brokenPickle(document.error, imports)
  evaluation.refuseReplaced('constants.pkl')
  const { read } = evaluation
  const entries: NamedRecord[] = []
  elementsIn(document.value)?.forEach((value, i) => {
    const record = read(value)
    if (record !== null && !isUnread(record)) entries.push({ name: `c${i}`, record })
  })
  if (entries.length === 0) return { imports, stateDict: null }
  const declaration: Declaration = {
    kind: 'other',
    requiresGrad: false,
    by: 'constants.pkl, which holds constants,',
  }
  const stateDict: Omit<StateDict, 'role'> = {
    path: 'constants',
    tensors: tensorsOf(entries, new ZipStorages(archive, bigEndian, { folder: 'constants/' }).place),
    order: 'unrecorded',
    facts: { declarations: new Map(entries.map(({ name }) => [name, declaration])) },
  }
  return { imports, stateDict }
}

/** Files that the author put into the archive (`_extra_files`). */
function extraFiles(archive: TorchArchive): Map<string, string> {
  const values = new Map<string, string>()
  for (const [name, entry] of archive.entries)
    if (name.startsWith('extra/') && !name.endsWith('/')) values.set(name, `${entry.bytes} bytes`)
  return values
}

function frozenFinding(archive: TorchArchive): Finding {
  return finding('torchscript/frozen', {}, { file: archive.file })
}
