import { resolve } from './evidence/resolve.ts'
import type { Subject } from './evidence/source.ts'
import { defaultLimits, type Limits } from './limits.ts'
import type { Checkpoint, StateDict, ValueEntry } from './model/checkpoint.ts'
import type { Finding } from './model/finding.ts'
import { sharedPrefixes } from './model/prefixes.ts'
import type { ModuleReport, StateDictReport, TensorReport, ValueReport } from './model/report.ts'
import { reported, reportedPart } from './model/representation.ts'
import { totalsOf } from './model/totals.ts'
import { moduleTree } from './model/tree.ts'

export interface Classified {
  readonly report: StateDictReport
  readonly findings: readonly Finding[]
}

/** What evidence sources look at, for one state dict of a checkpoint. */
export function subjectOf(
  checkpoint: Checkpoint,
  stateDict: StateDict,
  frozen: Subject['frozen'],
  limits: Limits = defaultLimits,
): Subject {
  return { checkpoint, stateDict, tree: moduleTree(stateDict.tensors, limits.treeModules), frozen }
}

/** Parameters told from buffers, with evidence, for one state dict. */
export function classify(
  checkpoint: Checkpoint,
  stateDict: StateDict,
  frozen: Subject['frozen'],
  limits: Limits = defaultLimits,
): Classified {
  const subject = subjectOf(checkpoint, stateDict, frozen, limits)
  const { verdicts, book, findings } = resolve(subject)
  const tensors = stateDict.tensors.map((tensor, index): TensorReport => {
    const { kind, trainable } = verdicts[index] as (typeof verdicts)[number]
    const quantised = book.quantisedTensors.get(index)
    const plain = {
      name: tensor.name,
      dtype: tensor.dtype,
      shape: tensor.shape,
      elements: tensor.elements,
      bytes: tensor.bytes,
      kind: kind.answer,
      kindLevel: kind.level,
      kindReason: kind.reason,
      trainable: trainable.answer,
      trainableLevel: trainable.level,
      trainableReason: trainable.reason,
      tiedTo: tensor.tiedTo,
    }
    return {
      ...plain,
      ...(quantised === undefined ? {} : { quantised }),
      ...(tensor.representation === undefined ? {} : { representation: reported(tensor.representation) }),
    }
  })
  const modules: ModuleReport[] = []
  for (const node of subject.tree.nodes) {
    const claim = book.modules[node.index]
    if (claim === undefined) continue
    modules.push({ path: node.path, classes: claim.classes, detail: claim.detail, level: claim.level })
  }
  const report: StateDictReport = {
    path: stateDict.path,
    role: stateDict.role,
    order: stateDict.order,
    prefixes: sharedPrefixes(stateDict.tensors.map((tensor) => tensor.name)),
    notes: book.notes,
    totals: totalsOf(tensors),
    modules,
    tensors,
    ...(stateDict.values === undefined ? {} : { values: stateDict.values.map(valueReport) }),
  }
  return { report, findings }
}

function valueReport({ name, position, description, parts }: ValueEntry): ValueReport {
  const inner = parts === undefined ? {} : { parts: parts.map(reportedPart) }
  return { name, position, kind: 'other', description, ...inner }
}
