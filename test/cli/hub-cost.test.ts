import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Hub, type HubServerOptions, hubServer } from '../helpers/hub.ts'
import { largeHubModel, oneFileHubModel } from '../helpers/large-hub-model.ts'
import { runCli } from '../helpers/run-cli.ts'
import { entry, safetensorsBytes } from '../helpers/safetensors-bytes.ts'
import { temporaryFolder } from '../source/temporary-folder.ts'

const large = largeHubModel(163)

async function started(
  model: typeof large,
  options: HubServerOptions = {},
  name = 'org/large',
): Promise<Hub> {
  const hub = await hubServer(new Map([[name, model]]), options)
  for (const [name, value] of Object.entries({
    HF_ENDPOINT: hub.hub.origin,
    HF_HOME: temporaryFolder(),
    HF_HUB_CACHE: '',
    HF_TOKEN: '',
    HF_HUB_OFFLINE: '',
  }))
    vi.stubEnv(name, value)
  return hub
}

async function inspected(model: typeof large, options: HubServerOptions = {}): Promise<Hub> {
  const hub = await started(model, options)
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
      if (/\/(resolve|raw)\//.test(path) || path.startsWith('/api/')) expect(range).toBeUndefined()
      else expect(range).toMatch(/^bytes=\d+-\d+$/)
    }
  })
})

describe('a model of one file on the Hub', () => {
  const measured = JSON.parse(readFileSync(new URL('../../docs/remote.json', import.meta.url), 'utf8'))
  const one = oneFileHubModel()
  const read = async (path: string, model = one) => {
    const hub = await started(model, {}, 'org/bert')
    const { code, out } = await runCli(['inspect', '--json', `hf://org/bert${path}`])
    return { hub, code, report: JSON.parse(out) }
  }

  it('takes no more requests and bytes than get_safetensors_metadata, when its file is named', async () => {
    const { hub, code, report } = await read('/model.safetensors')
    expect(code).toBe(0)
    expect({ requests: requestsOf(hub), bytes: bytesOf(hub) }).toEqual(measured.single.sdinspect)
    expect(requestsOf(hub)).toBeLessThanOrEqual(measured.single.huggingface_hub.requests)
    expect(bytesOf(hub)).toBeLessThanOrEqual(measured.single.huggingface_hub.bytes)
    expect(report.stateDicts[0].tensors).toHaveLength(198)
    expect(report.origin.commit).toBe('0123456789abcdef0123456789abcdef01234567')
  })

  it('takes one more for the list, when it is not', async () => {
    const { hub, report } = await read('')
    expect({ requests: requestsOf(hub), bytes: bytesOf(hub) }).toEqual(measured.model.sdinspect)
    expect(requestsOf(hub)).toBe(measured.single.sdinspect.requests + 1)
    expect(bytesOf(hub)).toBeLessThanOrEqual(measured.model.huggingface_hub.bytes)
    const named = (await read('/model.safetensors')).report
    expect(named.stateDicts).toEqual(report.stateDicts)
    expect(named.files).toEqual(report.files)
  })

  it.each([
    ['adapter_config.json', { peft_type: 'LORA', r: 4, base_model_name_or_path: 'x/y' }],
    ['quantize_config.json', { bits: 4, group_size: 128 }],
  ])('is asked for its list where a file like %s may say something of it', async (name, value) => {
    const tensors = name.startsWith('adapter')
      ? { 'base_model.model.q.lora_A.weight': entry('F32', [4, 512], 0, 8_192) }
      : { 'q.qweight': entry('I32', [4, 512], 0, 8_192) }
    const model = {
      files: new Map([
        ['model.safetensors', safetensorsBytes({ header: JSON.stringify(tensors), data: 8_192 })],
        ['config.json', new TextEncoder().encode('{"model_type":"bert"}')],
        [name, new TextEncoder().encode(JSON.stringify(value))],
      ]),
    }
    const { hub, report } = await read('/model.safetensors', model)
    expect(report.files.map((file: { name: string }) => file.name)).toContain(name)
    expect(hub.hub.asked.some(({ path }) => path.includes('/revision/'))).toBe(true)
  })

  it('is found by its list when what is named is no file of storage', async () => {
    const { hub, code } = await read('/none.safetensors')
    expect(code).toBe(2)
    expect(hub.hub.asked.some(({ path }) => path.includes('/revision/'))).toBe(true)
  })
})
