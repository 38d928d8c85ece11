import { parseJson } from '../../../codec/json.ts'
import { SdinspectError } from '../../../errors.ts'
import { finding } from '../../../findings/finding.ts'
import type { Limits } from '../../../limits.ts'
import type { Declaration, Plain, StateDict, ValueEntry } from '../../../model/checkpoint.ts'
import type { Finding } from '../../../model/finding.ts'
import { isBigEndian, type TorchArchive } from '../archive/archive.ts'
import type { ArchiveKind } from '../archive/archive-kind.ts'
import { versionFindings, versionRecords } from '../archive/refusals.ts'
import { unusedStorages, ZipStorages } from '../archive/zip-storages.ts'
import { isUnread, type NamedRecord } from '../rebuild/tensor-record.ts'
import { tensorsOf } from '../rebuild/tensors.ts'
import { type ExportedTensor, exportedTensors } from './export-config.ts'
import { type ExportProgram, exportProgram } from './export-program.ts'

// torch/export/pt2_archive/constants.py; the second name of each pair is that of drafts before torch 2.8.
const weights = { folder: 'data/weights/', endings: ['_weights_config.json', '_model_param_config.json'] }
const constants = {
  folder: 'data/constants/',
  endings: ['_constants_config.json', '_model_constants_config.json'],
}

/** What `torch.export.save` writes since torch 2.8. All that is asked of a checkpoint is declared in its JSON. */
export const exported: ArchiveKind = {
  claims: (archive) =>
    archive.entries.has('archive_format') || models(archive).length > 0 || compiledFiles(archive).length > 0,
  wants: (archive) => [
    'byteorder',
    ...versionRecords,
    ...models(archive).flatMap((name) => [
      `models/${name}.json`,
      ...[weights, constants].flatMap(({ folder, endings }) =>
        endings.map((ending) => folder + name + ending),
      ),
    ]),
  ],
  async read(archive, size, { limits }) {
    const names = models(archive)
    const compiled = compiledFiles(archive)
    if (names.length === 0 && compiled.length > 0) throw onlyCompiled()
    const bigEndian = await isBigEndian(archive)
    const values = new Map<string, string>()
    const stateDicts: StateDict[] = []
    const named = new Set<string>()
    for (const name of names) {
      const at = (part: string) => (names.length === 1 ? part : part === '' ? name : `${name}.${part}`)
      const program = exportProgram(await json(archive, `models/${name}.json`, limits))
      const own = await configOf(archive, weights, name, limits, named)
      stateDicts.push(
        stateDictOf(at(''), 'model', own, program, new ZipStorages(archive, bigEndian, weights), values),
      )
      const other = await configOf(archive, constants, name, limits, named)
      if (other.some(({ record }) => !isUnread(record)))
        stateDicts.push(
          stateDictOf(
            at('constants'),
            'other',
            other,
            program,
            new ZipStorages(archive, bigEndian, constants),
            values,
          ),
        )
    }
    return {
      format: 'torch-export',
      producer: 'torch.export',
      files: [{ name: archive.file, bytes: size, role: 'weights' }],
      metadata: new Map(),
      side: {},
      stateDicts,
      values,
      findings: [
        ...archive.findings,
        ...(await versionFindings(archive)),
        ...unnamed(archive, named),
        ...libraryFindings(archive, compiled),
      ],
    }
  },
}

/** What AOTInductor made of a model (torch/_inductor/package): libraries, their sources, and constants beside them. */
function compiledFiles(archive: TorchArchive): string[] {
  return [...archive.entries.keys()].filter(
    (name) => name.startsWith('data/aotinductor/') && !name.endsWith('/'),
  )
}

function onlyCompiled(): SdinspectError {
  return new SdinspectError(
    'unsupported/format',
    'the file is a package of AOTInductor: compiled code that runs when it is loaded, with the weights inside',
    { hint: 'look at the exported program it was made of (torch.export.save), or at its state dict' },
  )
}

function libraryFindings({ file }: TorchArchive, compiled: readonly string[]): Finding[] {
  const names = compiled.filter((name) => /\.(?:so|dylib|dll|pyd)$/.test(name))
  return names.length === 0 ? [] : [finding('security/model-code', { what: 'library', names }, { file })]
}

function models(archive: TorchArchive): string[] {
  return [...archive.entries.keys()]
    .filter((name) => name.startsWith('models/') && name.endsWith('.json'))
    .map((name) => name.slice('models/'.length, -'.json'.length))
}

async function json(archive: TorchArchive, name: string, limits: Limits): Promise<Plain> {
  return parseJson(await archive.bytes(name), { limits, what: name })
}

async function configOf(
  archive: TorchArchive,
  { folder, endings }: typeof weights,
  model: string,
  limits: Limits,
  named: Set<string>,
): Promise<ExportedTensor[]> {
  const older = `${folder}${model}.pt`
  refuseOlder(archive, older)
  named.add(older)
  const name = endings.map((ending) => folder + model + ending).find((one) => archive.entries.has(one))
  if (name === undefined) return []
  named.add(name)
  const bytesOf = (pathName: string) => archive.entries.get(folder + pathName)?.bytes
  const tensors = exportedTensors(await json(archive, name, limits), bytesOf, name)
  for (const { pathName, pickle } of tensors) {
    named.add(folder + pathName)
    if (pickle !== null) archive.pickles.add(archive.root + folder + pickle)
  }
  return tensors
}

/** Payloads that no config names: torch does not look at them. */
function unnamed(archive: TorchArchive, named: ReadonlySet<string>): Finding[] {
  const payloads = [...archive.entries].filter(
    ([name]) =>
      (name.startsWith(weights.folder) || name.startsWith(constants.folder)) &&
      !name.endsWith('/') &&
      !named.has(name),
  )
  return unusedStorages(archive, payloads)
}

/** torch/export/pt2_archive/_package.py takes the file of drafts before torch 2.8 where there is one. */
function refuseOlder(archive: TorchArchive, name: string): void {
  if (!archive.entries.has(name)) return
  const step = `it takes the tensors of ${JSON.stringify(name)}, and not those of the config beside it`
  archive.findings.push(
    finding('torch/unfollowed', { steps: [step], places: [name], count: 1 }, { file: archive.file }),
  )
}

function stateDictOf(
  path: string,
  role: 'model' | 'other',
  tensors: readonly ExportedTensor[],
  program: ExportProgram,
  storages: ZipStorages,
  values: Map<string, string>,
): StateDict {
  const entries: NamedRecord[] = []
  const left: ValueEntry[] = []
  const declarations = new Map<string, Declaration>()
  for (const { name, record, isParameter } of tensors) {
    if (isUnread(record)) {
      values.set(path === '' ? name : `${path}.${name}`, record.unread)
      left.push({ name, position: entries.length, type: 'torch.Tensor', description: record.unread })
      continue
    }
    entries.push({ name, record })
    declarations.set(name, declarationOf(name, isParameter, record.requiresGrad === true, role, program))
  }
  const nonPersistent = [...program.buffers].filter(([, persistent]) => !persistent).map(([name]) => name)
  return {
    path,
    role,
    tensors: tensorsOf(entries, storages.place),
    ...(left.length === 0 ? {} : { values: left }),
    // The program's own order: all parameters of the model, then all its buffers.
    order: 'unrecorded',
    facts: {
      declarations,
      ...(role === 'model' ? { moduleClasses: program.classes, nonPersistent: new Set(nonPersistent) } : {}),
    },
  }
}

/**
 * Constants hold buffers that `state_dict()` leaves out, and tensors that were plain attributes. `is_param` is said of a
 * Parameter that was registered as a buffer too; the signature goes by how entries were registered.
 */
function declarationOf(
  name: string,
  isParameter: boolean,
  requiresGrad: boolean,
  role: 'model' | 'other',
  program: ExportProgram,
): Declaration {
  if (role === 'model' && program.buffers.has(name))
    return { kind: 'buffer', requiresGrad, by: "the program's signature" }
  if (isParameter) return { kind: 'parameter', requiresGrad, by: 'is_param in the weights config' }
  if (role === 'model') return { kind: 'buffer', requiresGrad, by: 'is_param in the weights config' }
  return program.buffers.has(name)
    ? { kind: 'buffer', requiresGrad, by: "the program's signature" }
    : { kind: 'other', requiresGrad, by: 'the constants config' }
}
