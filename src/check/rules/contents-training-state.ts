import { foldedList } from '../../model/folded-names.ts'
import type { StateDictReport } from '../../model/report.ts'
import type { Rule } from '../rule.ts'

/** First segments under which a flat file keeps what is not the model. */
const optimizerRoots = new Set(['optimizer', 'optimizer_state', 'optimizer_states', 'exp_avg', 'exp_avg_sq'])
const averageRoots = new Set(['model_ema', 'ema_model', 'ema_state_dict'])

export const contentsTrainingState: Rule = {
  id: 'contents/training-state',
  level: 'warning',
  claim: 'The checkpoint holds the model and nothing of its training',
  why: 'The state of an optimizer is twice the size of the model, and an averaged copy once more. A release needs neither; a checkpoint to resume from does.',
  case: 'Releases of 2 to 4 times their size, with optimizer or EMA inside (ultralytics/yolov5 #3416 and #8589, justinpinkney/stable-diffusion #29).',
  fix: 'release only the state dict of the model, or turn this rule off for checkpoints to resume from',

  *check({ report, stateDict }) {
    for (const other of report.stateDicts) {
      if (other === stateDict || (other.role !== 'optimizer' && other.role !== 'ema')) continue
      const what = other.role === 'ema' ? 'an averaged copy of the model' : 'the state of an optimizer'
      yield {
        message: `${JSON.stringify(other.path)} is ${what}: ${other.totals.stored.bytes} bytes beside the ${stateDict?.totals.stored.bytes ?? 0} of the model`,
      }
    }
    if (stateDict === null || stateDict.role !== 'model') return
    yield* beneath(stateDict, optimizerRoots, 'the state of an optimizer')
    yield* beneath(stateDict, averageRoots, 'an averaged copy of the model')
  },
}

function* beneath({ tensors }: StateDictReport, roots: ReadonlySet<string>, what: string) {
  const found = tensors.filter(({ name }) => {
    const dot = name.indexOf('.')
    return dot > 0 && roots.has(name.slice(0, dot))
  })
  // A model may be called so itself; then everything is under that name.
  if (found.length === 0 || found.length === tensors.length) return
  const names = found.map(({ name }) => name)
  const bytes = found.reduce((sum, tensor) => sum + (tensor.bytes ?? 0), 0)
  yield {
    message: `${found.length} tensors of ${bytes} bytes look like ${what}: ${foldedList(names)}`,
    tensor: names[0] as string,
  }
}
