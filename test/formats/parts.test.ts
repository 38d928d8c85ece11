import { describe, expect, test } from 'vitest'
import { openWatchedFolder } from '../../src/formats/open-folder.ts'
import { defaultLimits } from '../../src/limits.ts'
import { memoryPlace } from '../../src/source/memory-place.ts'
import { Watch } from '../../src/source/watch.ts'
import { jsonBytes, vectorsFile } from '../helpers/shards.ts'

const weights = vectorsFile({ a: 1 })
const empty = new Uint8Array([0x7b, 0x7d])

/** What is found in a folder, each checkpoint with its findings. */
async function found(files: Record<string, Uint8Array>, recurse = true): Promise<readonly string[]> {
  const place = memoryPlace(new Map(Object.entries(files)), 'm')
  const list: string[] = []
  for await (const opened of openWatchedFolder(
    place,
    { limits: defaultLimits, watch: new Watch({}) },
    { recurse },
  )) {
    if ('error' in opened) list.push(`${opened.path}: ${opened.error.code}`)
    else
      list.push(
        [opened.path, ...opened.checkpoint.findings.map(({ rule, message }) => `${rule} ${message}`)].join(
          '; ',
        ),
      )
  }
  return list
}

// As DiffusionPipeline.save_pretrained of diffusers 0.42 writes it.
const pipeline = jsonBytes({
  _class_name: 'StableDiffusionPipeline',
  _diffusers_version: '0.42.1',
  feature_extractor: [null, null],
  requires_safety_checker: false,
  scheduler: ['diffusers', 'DDIMScheduler'],
  text_encoder: ['transformers', 'CLIPTextModel'],
  tokenizer: ['transformers', 'CLIPTokenizer'],
  unet: ['diffusers', 'UNet2DConditionModel'],
  vae: ['diffusers', 'AutoencoderKL'],
})
const whole = {
  'model_index.json': pipeline,
  'scheduler/scheduler_config.json': empty,
  'text_encoder/model.safetensors': weights,
  'tokenizer/vocab.json': empty,
  'unet/diffusion_pytorch_model.safetensors': weights,
  'vae/diffusion_pytorch_model.safetensors': weights,
}

function without(files: Record<string, Uint8Array>, ...names: readonly string[]): Record<string, Uint8Array> {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)))
}

describe.each([true, false])('a pipeline of diffusers (looked through whole: %s)', (recurse) => {
  test('has a checkpoint for each part', async () => {
    expect(await found(whole, recurse)).toEqual([
      'm/text_encoder/model.safetensors',
      'm/unet/diffusion_pytorch_model.safetensors',
      'm/vae/diffusion_pytorch_model.safetensors',
    ])
  })
  test('lacks a part whose folder is not there, or has no weights', async () => {
    const gone = await found(
      without(whole, 'unet/diffusion_pytorch_model.safetensors', 'tokenizer/vocab.json'),
      recurse,
    )
    expect(gone[0]).toBe(
      'm/model_index.json; parts/missing 2 of the 5 parts that diffusers loads have no folder: "tokenizer" and "unet"',
    )
    const files = { ...without(whole, 'vae/diffusion_pytorch_model.safetensors'), 'vae/config.json': empty }
    expect((await found(files, recurse))[0]).toBe(
      'm/model_index.json; parts/missing 1 of the 5 parts that diffusers loads has no weights: "vae"',
    )
  })
  test('has variants beside the default files, or instead of them', async () => {
    const both = { ...whole, 'vae/diffusion_pytorch_model.fp16.safetensors': weights }
    expect((await found(both, recurse)).some((line) => line.includes('parts/'))).toBe(false)
    const only = without(both, 'vae/diffusion_pytorch_model.safetensors')
    expect((await found(only, recurse))[0]).toBe(
      'm/model_index.json; parts/only-variant "vae" is there only as "fp16", which is loaded with variant= and not by default',
    )
  })
  test('needs no weights of a part that is made for another runtime', async () => {
    const onnx = jsonBytes({
      _class_name: 'P',
      unet: ['diffusers', 'OnnxRuntimeModel'],
      vae: ['diffusers', 'VQModel'],
    })
    const files = { 'model_index.json': onnx, 'unet/model.json': empty, 'vae/model.safetensors': weights }
    expect(await found(files, recurse)).toHaveLength(1)
  })
})

// As SentenceTransformer.save of sentence-transformers 5 writes it.
const modules = jsonBytes(
  ['Transformer', 'Pooling', 'Dense', 'Normalize'].map((name, idx) => ({
    idx,
    name: String(idx),
    path: idx === 0 ? '' : `${idx}_${name}`,
    type: `sentence_transformers.models.${name}`,
  })) as unknown as object,
)

describe('a model of sentence-transformers', () => {
  const good = {
    'modules.json': modules,
    'model.safetensors': weights,
    '1_Pooling/config.json': empty,
    '2_Dense/config.json': empty,
    '2_Dense/model.safetensors': weights,
  }
  test('is all of its modules; one without a state has no folder in git', async () => {
    expect(await found(good, false)).toEqual(['m/model.safetensors', 'm/2_Dense/model.safetensors'])
    expect(await found(good)).toEqual(['m', 'm/2_Dense/model.safetensors'])
  })
  test('lacks a module whose weights or whose folder are not there', async () => {
    const noWeights = await found(without(good, '2_Dense/model.safetensors'))
    expect(noWeights.join()).toContain(
      'parts/missing 1 of the 4 parts that sentence-transformers loads has no weights: "2_Dense"',
    )
    const noFolder = await found(without(good, '1_Pooling/config.json'))
    expect(noFolder.join()).toContain('has no folder: "1_Pooling"')
    const noModel = await found(without(good, 'model.safetensors'))
    expect(noModel.join()).toContain('has no weights: "Transformer"')
  })
})

test('a JSON file of the same name that lists no parts says nothing', async () => {
  const files = {
    'modules.json': jsonBytes({ a: 1 }),
    'model_index.json': empty,
    'model.safetensors': weights,
  }
  expect(await found(files)).toEqual(['m'])
})

describe('what stands beside the shards of an index', () => {
  const [one, two] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors']
  const shards = {
    'model.safetensors.index.json': jsonBytes({ weight_map: { a: one, b: two } }),
    [one]: vectorsFile({ a: 1 }),
    [two]: vectorsFile({ b: 1 }),
  }
  test('is told where a word is its number', async () => {
    const lines = await found({ ...shards, 'model-mtp-of-00002.safetensors': vectorsFile({ 'mtp.fc': 1 }) })
    expect(lines).toEqual([
      'm; index/stray-shard a shard is in the folder and not in the index: "model-mtp-of-00002.safetensors"; loaders leave its tensors out',
      'm/model-mtp-of-00002.safetensors',
    ])
  })
  test.each(['model-00002-of-00002 (1).safetensors', 'model-00002-of-00002 - Copy.safetensors'])(
    'is a copy: %s',
    async (name) => {
      const [first, second] = await found({ ...shards, [name]: vectorsFile({ b: 1 }) })
      expect(first).toBe('m')
      expect(second).toContain(`shards/copy by its name this is a copy of ${two}, which no loader looks at`)
    },
  )
  test('is read, so that nothing hides in it', async () => {
    const [first, second] = await found({ ...shards, 'model-00009-of-00009.safetensors': empty })
    expect(first).toContain('index/stray-shard')
    expect(second).toContain('format/')
  })
})

describe('a list of parts', () => {
  const inFolder = (name: string, list: string | object, more: Record<string, Uint8Array> = {}) => {
    const bytes = typeof list === 'string' ? new TextEncoder().encode(list) : jsonBytes(list)
    return found({ [name]: bytes, 'unet/diffusion_pytorch_model.safetensors': weights, ...more })
  }
  // json.load of Python ends at the first three; of a key that is there twice it takes the last.
  test.each([
    '',
    '{"_class_name": "P",}',
    '\ufeff{}',
    '{"_class_name": "P", "vae": ["d", "V"], "vae": [null, null]}',
  ])('that cannot be read as one is no green folder: %j', async (text) => {
    for (const name of ['model_index.json', 'modules.json'])
      expect((await inFolder(name, text)).filter((line) => /: format\//.test(line))).toHaveLength(1)
  })
  // diffusers 0.42, pipeline_loading_utils.py: a file in the folder of the part comes before a package of its name.
  test('of diffusers names code where it is in the folder', async () => {
    const own = { _class_name: ['mine', 'P'], unet: ['diffusers', 'UNet2DModel'] }
    const code = { 'unet/diffusers.py': empty, 'mine.py': empty, 'unet/other.py': empty }
    expect((await inFolder('model_index.json', own, code))[0]).toBe(
      'm/model_index.json; security/model-code has code of its own (mine.py, unet/diffusers.py): older versions of diffusers run it when the folder is loaded, later ones with trust_remote_code=True',
    )
    expect(await inFolder('model_index.json', own)).toEqual(['m'])
  })
  // sentence-transformers 6.2, util/misc.py, import_module_class.
  test('of sentence-transformers names code but for its own', async () => {
    const list = ['mine.A', 'in.side.B', 'sentence_transformers.models.Normalize', 'other.C'].map((type) => ({
      type,
      path: '',
    }))
    const code = { 'mine.py': empty, 'in/side.py': empty, 'sentence_transformers/models.py': empty }
    expect((await inFolder('modules.json', list, code)).filter((line) => line.includes(';'))).toEqual([
      'm/modules.json; security/model-code has code of its own (mine.py, in/side.py): older versions of sentence-transformers run it when the folder is loaded, later ones with trust_remote_code=True',
    ])
  })
})
