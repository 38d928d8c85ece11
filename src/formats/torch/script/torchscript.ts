import { readPickle } from '../../../codec/pickle.ts'
import { SdinspectError } from '../../../errors.ts'
import { finding } from '../../../findings/finding.ts'
import type { Limits } from '../../../limits.ts'
import type { Checkpoint, Declaration, PickledImport, StateDict } from '../../../model/checkpoint.ts'
import type { Finding } from '../../../model/finding.ts'
import { isBigEndian, readDataPickle, type TorchArchive } from '../archive/archive.ts'
import type { ArchiveKind } from '../archive/archive-kind.ts'
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
  async read(archive, size, { limits }) {
    const bigEndian = await isBigEndian(archive)
    const pickled = await readDataPickle(archive, limits)
    const root = pickled.value
    if (!isCall(root) || scriptType(root) === undefined)
      throw new SdinspectError(
        'format/malformed',
        'data.pkl: the object of a TorchScript archive is no module of it',
      )
    const storages = new ZipStorages(archive, bigEndian, pickled)
    const classes = await readClasses(archive, pickled.imports)
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
      findings: [
        ...archive.findings,
        ...(await versionFindings(archive)),
        ...importFindings(safetyOf(imports.filter(({ name }) => !isScriptName(name))), archive.file),
        ...pickled.findings,
        ...unlistedFindings(unlistedTensors(root, listed, read)),
        ...(isFrozen ? [frozenFinding(archive)] : []),
      ],
    } satisfies Checkpoint
  },
}

/** More source text than this, compressed, is read file by file when the pickle has named it. */
const sourceBytes = 524_288

/** The source files of the classes, of which the pickle will name most. */
function sources(archive: TorchArchive): readonly string[] {
  const files = [...archive.entries].filter(([name]) => name.startsWith('code/') && name.endsWith('.py'))
  const bytes = files.reduce((sum, [, entry]) => sum + entry.compressedBytes, 0)
  return bytes <= sourceBytes ? files.map(([name]) => name) : []
}

/** Names that torch.jit.load looks up in the archive itself, or makes a list of plain values with. */
function isScriptName(name: string): boolean {
  return name.startsWith('__torch__.') || name.startsWith('torch.jit._pickle.')
}

/** The classes that the pickle names, by type. A class whose source is missing is left out. */
async function readClasses(
  archive: TorchArchive,
  imports: readonly PickledImport[],
): Promise<Map<string, ScriptClass>> {
  const classes = new Map<string, ScriptClass>()
  const files = new Map<string, ReadonlyMap<string, ScriptClass>>()
  archive.fetch(
    new Set(imports.flatMap(({ name }) => (name.startsWith('__torch__.') ? [sourceOf(name).file] : []))),
  )
  for (const { name: type } of imports) {
    if (!type.startsWith('__torch__.')) continue
    const { file, name } = sourceOf(type)
    if (!archive.entries.has(file)) continue
    let inFile = files.get(file)
    if (inFile === undefined) {
      inFile = scriptClasses(await archive.text(file))
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
