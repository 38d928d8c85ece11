import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Hub, type HubServerOptions, hubServer } from '../helpers/hub.ts'
import { largeHubModel } from '../helpers/large-hub-model.ts'
import { runCli } from '../helpers/run-cli.ts'
import { temporaryFolder } from '../source/temporary-folder.ts'

const large = largeHubModel(163)

async function inspected(model: typeof large, options: HubServerOptions = {}): Promise<Hub> {
  const hub = await hubServer(new Map([['org/large', model]]), options)
  for (const [name, value] of Object.entries({
    HF_ENDPOINT: hub.hub.origin,
    HF_HOME: temporaryFolder(),
    HF_HUB_CACHE: '',
    HF_TOKEN: '',
    HF_HUB_OFFLINE: '',
  }))
    vi.stubEnv(name, value)
  const { code, out } = await runCli(['inspect', '--json', 'hf://org/large'])
  expect(code).toBe(0)
  const shards = [...model.files.keys()].filter((name) => name.endsWith('.safetensors')).length
  expect(JSON.parse(out).stateDicts[0].tensors).toHaveLength(shards * 96)
  return hub
}
afterEach(() => vi.unstubAllEnvs())

const requestsOf = ({ hub, storage }: Hub): number => hub.asked.length + storage.asked.length
const bytesOf = ({ hub, storage }: Hub): number => hub.sent + storage.sent

describe('a model of 163 shards on the Hub', () => {
  it('takes no more rounds than 3 and two for each 16 shards', async () => {
    const hub = await inspected(large, { inRounds: true })
    expect(hub.rounds).toBeLessThanOrEqual(3 + 2 * Math.ceil(163 / 16))
  })

  // npm run hub:clients measures both, on the same imitation.
  it('takes no more requests and bytes than get_safetensors_metadata of huggingface_hub', async () => {
    const hub = await inspected(large)
    const { cost } = JSON.parse(readFileSync(new URL('../../docs/remote.json', import.meta.url), 'utf8'))
    const { sdinspect, huggingface_hub: other } = cost
    expect({ requests: requestsOf(hub), bytes: bytesOf(hub) }).toEqual(sdinspect)
    expect(sdinspect.requests).toBeLessThanOrEqual(other.requests)
    expect(sdinspect.bytes).toBeLessThanOrEqual(other.bytes)
  })

  it('takes of each shard little more than its header', async () => {
    const hub = await inspected(large)
    let headers = 0
    for (const [name, bytes] of large.files)
      headers += name.endsWith('.json')
        ? bytes.length
        : 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))
    const list = 163 * 300
    expect(bytesOf(hub)).toBeLessThan(headers + list + 1_048_576)
  })

  it('is asked for by ranges of both ends, without one of resolve, and unpacked', async () => {
    const { hub, storage } = await inspected(largeHubModel(3))
    for (const { path, range, headers } of [...hub.asked, ...storage.asked]) {
      expect(headers['accept-encoding']).toMatch(/^identity(, identity)?$/)
      if (path.includes('/resolve/') || path.startsWith('/api/')) expect(range).toBeUndefined()
      else expect(range).toMatch(/^bytes=\d+-\d+$/)
    }
  })
})
