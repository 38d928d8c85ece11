import type { Checkpoint } from '../../model/checkpoint.ts'

/** What a trainer keeps to resume from: transformers in trainer.py and accelerate in checkpointing.py. */
const ofTrainer =
  /^(?:optimizer|scheduler|scaler|sampler|rng_state|random_states|training_args|trainer_state)(?:_\d+)?\.(?:pt|pth|bin|pkl)$/

/** Whether the configuration of an adapter in the folder is not of this file: of a full model, or of the state of a trainer. */
export function isBesideAdapter({ side, files }: Checkpoint): boolean {
  const weights = files.filter(({ role }) => role === 'weights')
  if (weights.length > 0 && weights.every(({ name }) => ofTrainer.test(name))) return true
  return side.config?.has('architectures') === true && !weights.some(({ name }) => /adapter/i.test(name))
}
