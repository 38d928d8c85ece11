import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'
import { inspect, inspectCheckpoint } from '../../src/inspect.ts'
import type { Checkpoint } from '../../src/model/checkpoint.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Report, StateDictReport } from '../../src/model/report.ts'
import { inspectPaths } from '../../src/node.ts'
import { memorySource } from '../../src/source/memory.ts'
import { packedFiles } from '../../test/helpers/packed-files.ts'
import { checkpointOf, readTruth, type TrueModel } from '../accuracy/truth.ts'

/** A state dict to write code for. */
export interface Input {
  /** Says where it is from: `timm vit_tiny kept`, `samples/module.pt`. */
  readonly id: string
  /** Row of the table. */
  readonly group: string
  readonly stateDict: StateDictReport
  /** Of the file it is in. */
  readonly findings: readonly Finding[]
  /** The file it is in, where that is one that the written loader reads. */
  readonly file: string | null
}

/** How a model whose truth is known is shown to sdinspect. `declared`: its file says kinds and classes. */
export const ways = ['kept', 'ordered', 'declared'] as const
export type Way = (typeof ways)[number]

/** Those of the repository are called by their path, others by their name. */
const groupOf = (folder: string): string => (folder.startsWith('fixtures') ? folder : basename(folder))

/** The models of a folder of truth, each in every way a file may keep it. */
export function* truthInputs(folder: string, shown: readonly Way[] = ways): Generator<Input> {
  for (const model of readTruth(folder))
    for (const way of shown) {
      const checkpoint = way === 'declared' ? declared(model) : checkpointOf(model, way)
      const report = inspectCheckpoint(checkpoint, { path: model.model })
      const [stateDict] = report.stateDicts
      if (stateDict === undefined) continue
      const id = `${model.library} ${model.model} ${way}`
      yield { id, group: `${groupOf(folder)}, ${way}`, stateDict, findings: report.findings, file: null }
    }
}

/** The model as a file shows it that says what is a parameter, what trains, and which class a module is of. */
function declared(model: TrueModel): Checkpoint {
  const checkpoint = checkpointOf(model, 'ordered')
  const declarations = new Map(
    model.entries.map(({ name, kind, requiresGrad }) => [name, { kind, requiresGrad, by: 'the model' }]),
  )
  const moduleClasses = new Map(Object.entries(model.modules))
  return {
    ...checkpoint,
    stateDicts: checkpoint.stateDicts.map((each) => ({ ...each, facts: { declarations, moduleClasses } })),
  }
}

/** The state dicts of the checkpoints in a folder; what cannot be read is none. */
export async function* fileInputs(folder: string, group = groupOf(folder)): AsyncGenerator<Input> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  const paths = names.filter((name) => isFile(join(folder, name)) && !isText(name))
  for (const kept of paths)
    for await (const [name, report] of reportsOf(folder, kept))
      for (const stateDict of report.stateDicts) {
        if (stateDict.role === 'optimizer') continue
        const at = stateDict.path === '' ? '' : ` ${stateDict.path}`
        const id = `${relative(join(folder, '..'), join(folder, name)).replaceAll('\\', '/')}${at}`
        const isPlain = report.pickle?.plainWeights !== false
        const isThere = name === kept && readable(name, report.format)
        const file = isPlain && isThere ? join(folder, name) : null
        yield { id, group, stateDict, findings: report.findings, file }
      }
}

/** What a file says, by its name, and what those say that are kept compressed: one (`NAME.br`), or several (`more.bin.br`). */
async function* reportsOf(folder: string, kept: string): AsyncGenerator<[name: string, report: Report]> {
  const path = join(folder, kept)
  if (!kept.endsWith('.br')) {
    for await (const outcome of inspectPaths([path], {}))
      if ('report' in outcome) yield [kept, outcome.report]
    return
  }
  const files =
    basename(kept) === 'more.bin.br'
      ? packedFiles(pathToFileURL(path))
      : new Map([[basename(kept, '.br'), new Uint8Array(brotliDecompressSync(readFileSync(path)))]])
  for (const [name, bytes] of files) {
    const report = await inspect(memorySource(bytes, name)).catch(() => null)
    if (report !== null) yield [join(dirname(kept), name), report]
  }
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile()
}

/** What belongs to a checkpoint and is none, or is about one. */
function isText(name: string): boolean {
  return /\.(md|py|txt|sh|mjs|gz|yaml|toml|truth\.json|lock)$/.test(name) || /config\.json$/.test(name)
}

/** Whether the loader that is written reads such a file: one of safetensors, or of tensors that torch.save wrote. */
function readable(name: string, format: string): boolean {
  return format === 'safetensors'
    ? name.endsWith('.safetensors')
    : format === 'torch' && !name.endsWith('.json')
}
