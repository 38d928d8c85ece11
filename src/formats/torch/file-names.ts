/** Endings people give files of torch. */
export const endings = ['.pt', '.pth', '.ckpt', '.bin', '.pt2', '.ptl']

/** Files of a training run that end like weights and hold none. */
const otherFiles = ['training_args.bin', 'scheduler.pt', 'scheduler.bin', 'scaler.pt']
const otherPrefixes = ['rng_state', 'random_states_']

/** Whether a file's name says that it is torch's. */
function isCalledTorch(name: string): boolean {
  const lower = name.toLowerCase()
  return endings.some((ending) => lower.endsWith(ending))
}

/** Whether it says, besides, that there are weights in it. */
export function isWeightName(name: string): boolean {
  const lower = name.toLowerCase()
  return (
    isCalledTorch(name) &&
    !otherFiles.includes(lower) &&
    !otherPrefixes.some((prefix) => lower.startsWith(prefix))
  )
}
