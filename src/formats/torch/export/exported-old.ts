import { parseJson } from '../../../codec/json.ts'
import type { Checkpoint, Declaration, StateDict } from '../../../model/checkpoint.ts'
import { readAhead } from '../../../source/read-ahead.ts'
import { together } from '../../../source/together.ts'
import type { ReadContext } from '../../format.ts'
import { lastFarAway } from '../../near.ts'
import { openArchive, type TorchArchive } from '../archive/archive.ts'
import type { ArchiveKind } from '../archive/archive-kind.ts'
import { saved } from '../objects/saved.ts'
import { type ExportProgram, exportProgram } from './export-program.ts'

const program = 'serialized_exported_program.json'

/** What `torch.export.save` wrote in torch 2.1 to 2.7: a program in JSON, and torch.save files in the archive. */
export const exportedOld: ArchiveKind = {
  claims: (archive) => archive.entries.has(program),
  wants: () => [program],
  opens: (archive) =>
    ['serialized_state_dict', 'serialized_constants'].flatMap((name) => innerEntry(archive, name) ?? []),
  async read(archive, size, context) {
    // At a distance they come in the same rounds.
    const [text, weights, constants] = await together([
      archive.bytes(program),
      inner(archive, 'serialized_state_dict', context),
      inner(archive, 'serialized_constants', context),
    ])
    const signature = exportProgram(parseJson(text, { limits: context.limits, what: program }))
    const inners = [weights, constants].filter((one) => one !== null)
    const [main] = weights?.stateDicts ?? []
    const [other] = constants?.stateDicts ?? []
    return {
      format: 'torch-export',
      producer: 'torch.export before 2.8',
      files: [{ name: archive.file, bytes: size, role: 'weights' }],
      metadata: new Map(),
      side: {},
      stateDicts: [
        ...(main === undefined ? [] : [declared(main, '', 'model', signature)]),
        ...(other === undefined ? [] : [declared(other, 'constants', 'other', signature)]),
      ],
      values: new Map(inners.flatMap((one) => [...(one.values ?? [])])),
      pickle: {
        plainWeights: inners.every((one) => one.pickle?.plainWeights !== false),
        imports: inners.flatMap((one) => one.pickle?.imports ?? []),
      },
      findings: [...archive.findings, ...inners.flatMap((one) => one.findings)],
    }
  },
}

/** The torch.save file in an entry, under its name or the one of torch 2.1. Empty where there is nothing in it. */
async function inner(archive: TorchArchive, name: string, context: ReadContext): Promise<Checkpoint | null> {
  const entry = innerEntry(archive, name)
  if (entry === undefined) return null
  const { source, place } = await archive.open(entry)
  const near =
    source.remote === undefined ? source : readAhead(source, { first: lastFarAway, last: lastFarAway })
  const opened = await openArchive(near, context, place)
  archive.nested.push(opened)
  opened.fetch(saved.wants(opened))
  return saved.read(opened, source.size, context)
}

function innerEntry(archive: TorchArchive, name: string): string | undefined {
  return [`${name}.pt`, `${name}.json`].find((one) => (archive.entries.get(one)?.bytes ?? 0) > 0)
}

function declared(
  stateDict: StateDict,
  path: string,
  role: 'model' | 'other',
  signature: ExportProgram,
): StateDict {
  const declarations = new Map<string, Declaration>(stateDict.facts.declarations)
  for (const { name } of stateDict.tensors) {
    const flag = declarations.get(name)?.requiresGrad
    const rest = flag === undefined ? {} : { requiresGrad: flag }
    if (signature.parameters.has(name))
      declarations.set(name, { kind: 'parameter', ...rest, by: "the program's signature" })
    else if (signature.buffers.has(name))
      declarations.set(name, { kind: 'buffer', ...rest, by: "the program's signature" })
    else if (role === 'other')
      declarations.set(name, { kind: 'other', ...rest, by: 'its place among the constants' })
  }
  return {
    ...stateDict,
    path,
    role,
    facts: {
      ...stateDict.facts,
      declarations,
      ...(role === 'model' ? { moduleClasses: signature.classes } : {}),
    },
  }
}
