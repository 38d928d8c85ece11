import { onTestFinished } from 'vitest'
import { type Hub, type HubModelFiles, type HubServerOptions, imitateHub } from './hub-imitation.ts'

export type { Hub, HubModelFiles, HubServerOptions } from './hub-imitation.ts'

/** The imitation of the Hub for one test. */
export async function hubServer(
  models: ReadonlyMap<string, HubModelFiles>,
  options: HubServerOptions = {},
): Promise<Hub> {
  const imitation = await imitateHub(models, options)
  onTestFinished(() => imitation.close())
  return imitation
}
