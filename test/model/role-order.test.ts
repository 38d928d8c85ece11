import { describe, expect, test } from 'vitest'
import { readTruth, type TrueModel } from '../../scripts/accuracy/truth.ts'
import { naturalCompare } from '../../src/model/names/natural-order.ts'
import { roleOrder } from '../../src/model/names/role-order.ts'

const inOrder = (...names: readonly string[]): string[] => {
  const sorted = [...names].sort(naturalCompare)
  return sorted.sort(roleOrder(sorted) ?? naturalCompare)
}

describe('the order of a model by the names of its parts', () => {
  // As the libraries register them: transformers, timm, torchvision, diffusers, Meta's Llama, OpenAI's Whisper.
  test.each<readonly [string, readonly string[]]>([
    ['Llama', ['model', 'lm_head']],
    ['Llama’s model', ['embed_tokens', 'layers', 'norm']],
    ['Llama of Meta', ['tok_embeddings', 'layers', 'norm', 'output']],
    ['attention', ['q_proj', 'k_proj', 'v_proj', 'o_proj']],
    ['feed-forward', ['gate_proj', 'up_proj', 'down_proj']],
    ['T5', ['shared', 'encoder', 'decoder', 'lm_head']],
    ['BERT', ['embeddings', 'encoder', 'pooler']],
    ['embeddings of BERT', ['word_embeddings', 'position_embeddings', 'token_type_embeddings', 'LayerNorm']],
    ['a layer of BERT', ['attention', 'intermediate', 'output']],
    ['GPT-2', ['wte', 'wpe', 'h', 'ln_f']],
    ['a block of GPT-2', ['ln_1', 'attn', 'ln_2', 'mlp']],
    ['ResNet', ['conv1', 'bn1', 'layer1', 'layer2', 'layer3', 'layer4', 'fc']],
    ['a bottleneck', ['conv1', 'bn1', 'conv2', 'bn2', 'conv3', 'bn3', 'downsample']],
    ['ViT of timm', ['patch_embed', 'blocks', 'norm', 'head']],
    ['a block of it', ['norm1', 'attn', 'norm2', 'mlp']],
    ['a detector', ['backbone', 'rpn', 'roi_heads']],
    [
      'U-Net of diffusers',
      ['conv_in', 'time_embedding', 'down_blocks', 'mid_block', 'up_blocks', 'conv_norm_out', 'conv_out'],
    ],
    ['Whisper’s encoder', ['conv1', 'conv2', 'embed_positions', 'layers', 'layer_norm']],
    ['LoRA', ['lora_A', 'lora_B']],
    ['a model of llama.cpp', ['token_embd', 'token_embd_norm', 'blk', 'output_norm', 'output']],
    ['blocks by number', ['0', '2', '10']],
  ])('%s', (_, names) => {
    expect(inOrder(...names)).toEqual(names)
  })

  test('is of names where none is known', () => {
    expect(roleOrder(['zeta', 'alpha', '3'])).toBeNull()
    expect(inOrder('zeta', 'alpha', 'x10', 'x9')).toEqual(['alpha', 'x9', 'x10', 'zeta'])
  })

  test('is of any names without harm', () => {
    expect(inOrder('__proto__', 'constructor', '', 'head', 'embed')).toHaveLength(5)
  })
})

/** The modules at the top of a model, as they were registered. */
function topOf({ entries }: TrueModel): string[] {
  return [
    ...new Set(
      entries.filter(({ name }) => name.includes('.')).map(({ name }) => name.split('.')[0] as string),
    ),
  ]
}

test('real models are in their own order more often than by name', () => {
  const models = [...readTruth('fixtures/truth')].map(topOf).filter((names) => names.length > 1)
  const isRight = (sort: (names: string[]) => string[]): number =>
    models.filter((names) => sort([...names]).join() === names.join()).length
  const byRole = isRight((names) => inOrder(...names))
  const byName = isRight((names) => names.sort(naturalCompare))
  expect(byRole / models.length).toBeGreaterThan(0.5)
  expect(byRole).toBeGreaterThan(2 * byName)
})
