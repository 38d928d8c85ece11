import { entry } from './entry.ts'

export const loraFindings = {
  'lora/rank': entry({
    level: 'error',
    message: ({ said, rank }: { said: number; rank: number }) =>
      `adapter_config.json says r=${said}, the tensors have rank ${rank}`,
    fixOf: 'use the adapter_config.json that was saved with these weights',
    about: ['file', 'key'],
  }),
}
