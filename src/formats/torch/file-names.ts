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

/** The name in a header of a tar archive. */
export function tarMember(header: Uint8Array): string {
  const end = header.subarray(0, 100).indexOf(0)
  return new TextDecoder('latin1').decode(header.subarray(0, end < 0 ? 100 : end))
}
