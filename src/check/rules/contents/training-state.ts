import { quoted } from '../../../errors.ts'
import { bytesText } from '../../../model/bytes-text.ts'
import type { Finding } from '../../../model/finding.ts'
import { inspectionOf } from '../../../model/inspection.ts'
import { foldedList } from '../../../model/names/folded-names.ts'
import type { StateDictReport } from '../../../model/report.ts'
import type { Tell } from '../../rule.ts'
import { rule } from '../../rule.ts'

type TrainingState = {
  is: 'ema' | 'optimizer'
  bytes: number
} & (
  | { what: 'state-dict'; path: string; modelBytes: number }
  | { what: 'tensors'; tensors: readonly string[] }
)

const trainingStates = { ema: 'an averaged copy of the model', optimizer: 'the state of an optimizer' }

/** First segments under which a flat file keeps what is not the model. */
const optimizerRoots = new Set([
  'optim',
  'optimizer',
  'optimizer_state',
  'optimizer_states',
  'exp_avg',
  'exp_avg_sq',
])
const averageRoots = new Set(['model_ema', 'ema_model', 'ema_state_dict'])

export const contentsTrainingState = rule({
  id: 'contents/training-state',
  level: 'warning',
  claim: 'The checkpoint holds the model and nothing of its training',
  why: 'The state of an optimizer is twice the size of the model, and an averaged copy once more. A release needs neither; a checkpoint to resume from does.',
  case: 'Releases of 2 to 4 times their size, with optimizer or EMA inside (ultralytics/yolov5 #3416 and #8589, justinpinkney/stable-diffusion #29).',
  fix: 'release only the state dict of the model, or turn this rule off for checkpoints to resume from',
  message: (args: TrainingState) =>
    args.what === 'state-dict'
      ? `${quoted(args.path)} is ${trainingStates[args.is]}: ${bytesText(args.bytes)} beside the ${bytesText(args.modelBytes)} of the model`
      : `${args.tensors.length} tensors of ${bytesText(args.bytes)} look like ${trainingStates[args.is]}: ${foldedList(args.tensors)}`,
  measures: ['bytes', 'modelBytes'],

  *check({ report, stateDict }, tell) {
    // A file of a rank that is nothing but an optimizer's has no model to hold alone.
    if (stateDict?.role === 'optimizer') return
    for (const other of report.stateDicts) {
      if (other === stateDict || (other.role !== 'optimizer' && other.role !== 'ema')) continue
      yield tell({
        what: 'state-dict',
        is: other.role,
        path: other.path,
        bytes: other.totals.stored.bytes,
        modelBytes: stateDict?.totals.stored.bytes ?? 0,
      })
    }
    if (stateDict === null || stateDict.role !== 'model') return
    yield* beneath(stateDict, optimizerRoots, 'optimizer', tell)
    yield* beneath(stateDict, averageRoots, 'ema', tell)
  },
})

function* beneath(
  stateDict: StateDictReport,
  roots: ReadonlySet<string>,
  is: 'ema' | 'optimizer',
  tell: Tell<TrainingState>,
): Generator<Finding> {
  const { table, tree } = inspectionOf(stateDict)
  const isBeneath = new Uint8Array(tree.size)
  for (const root of roots) {
    const module = tree.childNamed(0, root)
    if (module >= 0) isBeneath[module] = 1
  }
  if (!isBeneath.includes(1)) return
  // Parents are numbered before their children.
  for (let module = 1; module < tree.size; module++)
    if (isBeneath[tree.parents[module] as number] === 1) isBeneath[module] = 1
  const names: string[] = []
  let bytes = 0
  for (let index = 0; index < table.length; index++) {
    if (isBeneath[tree.owners[index] as number] !== 1) continue
    names.push(table.name(index))
    bytes += table.bytes(index) ?? 0
  }
  // A model may be called so itself; then everything is under that name.
  if (names.length === table.length) return
  yield tell({ what: 'tensors', is, tensors: names, bytes }, { tensor: names[0] as string })
}
