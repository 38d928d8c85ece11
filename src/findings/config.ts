import { entry } from './entry.ts'
import { shortened } from './shortened.ts'

type Unreadable = {
  readonly problem: string
  /** Whether no library loads the checkpoint so. */
  readonly isNeeded?: true
}

type WeightsFile = {
  /** The file that is named. */
  readonly named: string
  /** Whether it is loaded, or why it is not. */
  readonly what: 'loaded' | 'missing' | 'outside' | 'ending'
}

export const configFindings = {
  'config/weights-file': entry({
    level: 'error',
    levelOf: ({ what }: WeightsFile) => (what === 'loaded' ? 'info' : 'error'),
    message: ({ named, what }: WeightsFile) => {
      const said = `transformers_weights names ${shortened(named)} as the weights`
      if (what === 'loaded') return `${said}, which transformers loads, and no other`
      if (what === 'missing') return `${said}, which is not there: transformers does not load the folder`
      if (what === 'outside') return `${said}, which leads out of the folder: transformers does not load it`
      return `${said}, and transformers loads .safetensors and .safetensors.index.json alone`
    },
    about: ['file', 'key'],
  }),
  'config/unreadable': entry({
    level: 'warning',
    // Nothing builds a model of a configuration that is no JSON.
    levelOf: ({ isNeeded }: Unreadable) => (isNeeded === true ? 'error' : 'warning'),
    message: ({ problem }: Unreadable) => `left out: ${problem}`,
    about: ['file'],
  }),
}
