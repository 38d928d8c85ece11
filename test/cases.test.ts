import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { packedFiles } from './helpers/packed-files.ts'
import { runCli } from './helpers/run-cli.ts'

// Situations that people reported, rebuilt with the libraries they were reported of (fixtures/README.md). The numbers are those
// of the live models, by torch 2.15, transformers and the libraries that packed them; the values of large tensors are zeros.

const folder = mkdtempSync(join(tmpdir(), 'sdinspect-cases-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

for (const [name, bytes] of packedFiles(new URL('../fixtures/cases.bin.br', import.meta.url))) {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, bytes)
}

interface Shown {
  readonly stateDicts: readonly {
    readonly totals: {
      readonly parameters: { readonly elements: number }
      readonly buffers: { readonly elements: number }
      readonly logicalParameters: number
    }
    readonly tensors: readonly { readonly name: string; readonly kind: string; readonly kindLevel: string }[]
  }[]
}

async function shown(path: string): Promise<Shown> {
  const { out } = await runCli(['inspect', '--json', join(folder, path)])
  return JSON.parse(out) as Shown
}

async function check(path: string, ...more: readonly string[]) {
  const { code, out } = await runCli(['check', '-c', 'none', '--json', join(folder, path), ...more])
  const { findings } = JSON.parse(out) as {
    findings: { rule: string; level: string; message: string; fix?: string }[]
  }
  return { code, findings, errors: findings.filter(({ level }) => level === 'error').map(({ rule }) => rule) }
}

describe('counts', () => {
  test.each([
    ['torch/01-llama2c-tied-orig_mod/ckpt.pt', 7_248, null],
    ['torch/02-mmcv-ema-buffers/epoch_12.pth', 2_136, 2_186],
    ['torch/03-litema-buffers/last.ckpt', 5_156, 5_658],
    ['torch/08-sparse-buffers/gcn.pt', 100, null],
    ['torch/11-spectral-norm/gen.pth', 808, 115],
    ['torch/14-ultralytics/best.pt', 7_226, null],
    ['torch/16-lightning-omegaconf/last.ckpt', 227, 33],
    ['torch/17-fairseq/checkpoint_best.pt', 3_328, 4],
    ['torch/22-nemo-tar/asr.nemo', 405, 168],
    ['torch/24-criterion-names/model.pth', 285, 114],
    ['torch/28-numpy-scalar-dataclass/ckpt.pth', 10, null],
    ['torch/34-big-endian/be.pt', 10, null],
    ['torch/36-order-after-rename/renamed_opt.pth', 464, null],
  ] as const)('%s has %d parameters', async (path, parameters, buffers) => {
    const { totals } = (await shown(path)).stateDicts[0] as Shown['stateDicts'][number]
    expect(totals.parameters.elements).toBe(parameters)
    if (buffers !== null) expect(totals.buffers.elements).toBe(buffers)
  })

  test.each([
    ['hub/01-gptoss-mxfp4/repo/original', 142_032],
    ['hub/02-deepseek-v4-expert-fp4/repo', 1_576_716],
    ...['affine3', 'affine4', 'affine6', 'affine8', 'mxfp4', 'mxfp8', 'nvfp4'].map(
      (mode) => [`hub/03-mlx-4bit/${mode}`, 426_752] as const,
    ),
    ...['base', 'fp4', 'int8', 'nf4dq'].map((mode) => [`hub/04-bnb-nf4/${mode}`, 426_624] as const),
    ...['asym', 'mixed2and4', 'single_w2', 'single_w4', 'single_w8', 'w8a16'].map(
      (mode) => [`hub/05-compressed-tensors-mixed/${mode}`, 426_624] as const,
    ),
    ['hub/06-consolidated-and-shards/fp8-native', 106_816],
    ['hub/07-nvfp4-modelopt/good', 427_776],
    ...['gs128', 'mixed46', 'mxfp4-q8'].map((mode) => [`hub/08-mlx-mixed/${mode}`, 426_752] as const),
  ] as const)('%s stands for %d weights', async (path, logical) => {
    expect((await shown(path)).stateDicts[0]?.totals.logicalParameters).toBe(logical)
  })

  test('active parameters of a mixture of experts are told', async () => {
    const { out } = await runCli(['inspect', join(folder, 'hub/17-moe-active-v5/v4')])
    expect(out).toMatch(/83,328|83\.3 K/)
  })
})

describe('kinds', () => {
  test.each([
    ['torch/24-criterion-names/model.pth', /loss|criterion|^ce\.|^bce\.|focal/, 'buffer'],
    ['torch/36-order-after-rename/renamed_opt.pth', /^head\.(t|batch_mean|table)$/, 'buffer'],
    ['torch/04-quantized-eager/static_q.pt', /^quant\.(scale|zero_point)$/, 'buffer'],
    ['torch/27-fsdp1-sharded/local_rank0.pt', /_flat_param$/, 'parameter'],
    ['files/frozen_not_in_optimizer.pt', /denominator|shift/, 'parameter'],
  ] as const)('%s: what is sure of %s is a %s', async (path, names, kind) => {
    const tensors = (await shown(path)).stateDicts
      .flatMap((one) => one.tensors)
      .filter(({ name }) => names.test(name))
    expect(tensors.length).toBeGreaterThan(0)
    for (const one of tensors)
      if (one.kindLevel !== 'assumed') expect([one.name, one.kind]).toEqual([one.name, kind])
  })

  test('states of metrics, and of random numbers, are neither', async () => {
    const of = async (path: string) => (await shown(path)).stateDicts.flatMap(({ tensors }) => tensors)
    for (const { name, kind } of await of('torch/29-training-args/rng_state.pth'))
      expect([name, kind]).toEqual([name, 'other'])
    const metrics = (await of('torch/16-lightning-omegaconf/last.ckpt')).filter(({ name }) =>
      /metric|_acc/.test(name),
    )
    for (const { name, kind } of metrics) expect([name, kind]).toEqual([name, 'other'])
  })

  test('a GraphModule has its tensors', async () => {
    const { stateDicts } = await shown('files/graphmodule.pt')
    expect(stateDicts.flatMap(({ tensors }) => tensors).length).toBeGreaterThanOrEqual(7)
  })
})

describe('load_state_dict', () => {
  test.each([
    ['torch/26-te-extra-state-bytesio/te.pt', 'torch/26-te-extra-state-bytesio/plain.pt', /_extra_state/],
    [
      'torch/07-torchao-subclass/int8wo.pt',
      'torch/07-torchao-subclass/bf16.pt',
      /Int8Tensor|tensor_data_names|subclass/i,
    ],
    ['torch/08-sparse-buffers/gcn.pt', 'torch/08-sparse-buffers/dense.pt', /sparse/],
    ['torch/06-fsdp2-dtensor/rank0.pt', 'torch/06-fsdp2-dtensor/rank1.pt', /./],
    ['torch/10-weight-norm/new.pt', 'torch/10-weight-norm/old.pt', /weight_g/],
    ['torch/15-optimizer-groups/full.pth', 'torch/15-optimizer-groups/two_groups.pth', /parameter group/],
    [
      'torch/19-megatron-extra-state/model_optim_rng.pt',
      'torch/19-megatron-extra-state/no_extra.pt',
      /_extra_state/,
    ],
  ])('%s into the model of %s: they differ, and how', async (from, to, how) => {
    const { out } = await runCli(['diff', join(folder, from), join(folder, to)])
    expect(out).toMatch(how)
  })

  test('the new weight norm takes the old', async () => {
    const base = join(folder, 'torch/10-weight-norm')
    const { out } = await runCli(['diff', join(base, 'old.pt'), join(base, 'new.pt')])
    expect(out).toMatch(/strict=True\)\s+loads: all keys matched/)
  })
})

describe('check', () => {
  test.each([
    'hub/07-nvfp4-modelopt/missing-weight-scale',
    'hub/11-diffusers-pipeline/pipe-incomplete',
    'hub/13-sentence-transformers/no-dense',
    ...[
      'no-index-gap',
      'interrupted',
      'truncated',
      'subset',
      't-subset',
      'legacy',
      'stale',
      'stale-empty',
      'stale-partial',
      't-stale',
      'stray4bit',
      't-noembed',
      't-nolayer2',
      't-noq',
    ].map((name) => `hub/14-index-incomplete/${name}`),
    'torch/09-zero3-empty/pytorch_model.bin',
    'torch/20-python2-legacy/latin1.ckpt',
    'torch/23-cut-off/cut.pth',
    'torch/23-cut-off/old_cut.pth',
    'torch/31-save-raised/half.pth',
  ])('%s is stopped', async (path) => {
    expect((await check(path)).code).toBeGreaterThan(0)
  })

  test.each([
    'torch/19-megatron-extra-state/model_optim_rng.pt',
    'torch/26-te-extra-state-bytesio/te.pt',
    'files/torch_add_attr.pt',
    'hub/07-nvfp4-modelopt/good',
    'hub/09-peft-modules-to-save/lora-bias',
    'hub/11-diffusers-pipeline/pipe-variants',
    'hub/14-index-incomplete/no-index',
    'hub/14-index-incomplete/copies',
    'hub/23-hf-cache-trainer/mixed',
    'hub/25-dup-spread/mtp-inside',
    'hub/25-dup-spread/mtp-as-layer',
  ])('%s has no error', async (path) => {
    expect((await check(path)).errors).toEqual([])
  })

  test('the fix for a prefix names it', async () => {
    const { findings } = await check('torch/01-llama2c-tied-orig_mod/ckpt.pt')
    expect(findings.find(({ rule }) => rule === 'contents/prefix')?.fix).toContain(
      "removeprefix('_orig_mod.')",
    )
  })

  test.each([
    ['torch/23-cut-off/flip.pth', 'zip/checksum'],
    ['hub/24-sd15-position-ids/broken_f16.safetensors', 'values/buffers-sane'],
  ])('the values of %s are seen', async (path, rule) => {
    const { findings } = await check(path, '--values')
    expect(findings.map((one) => one.rule)).toContain(rule)
  })

  test('of a view the bytes beside it are told', async () => {
    const { findings } = await check('torch/21-view-bloat/slice.pt')
    expect(findings.find(({ rule }) => rule === 'torch/oversized-storage')?.message).toContain('159600 bytes')
  })
})
