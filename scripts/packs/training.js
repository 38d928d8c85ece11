// What people run most. The build looks at what these runs load, to put it together (packs.js), and keeps what V8 made
// of what they run (scripts/code-cache.js).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const fixture = (name) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url))

/**
 * Command lines by the pack that what they load goes to, the quickest first: each pack holds what no pack before it does.
 *
 * @param folder an empty one, for what they write
 */
function runs(folder) {
  const [cnn, vit] = ['cnn', 'vit-bf16'].map((name) => fixture(`${name}.safetensors`))
  const blocks = repeatedBlocks(join(folder, 'blocks.safetensors'))
  const lock = join(folder, 'sdinspect.lock')
  return [
    [cnn, vit, blocks].flatMap((file) => [[file], ['ls', file]]),
    [
      ['tree', cnn],
      ['params', cnn],
      ['--json', cnn],
      ['ls', '--json', blocks],
      ['why', cnn, '*.weight'],
      ['check', cnn, vit],
      ['lock', cnn, '--lock-file', lock],
      ['check', cnn, '--lock-file', lock],
      ['diff', cnn, vit],
      ['diff', blocks, blocks],
      [fixture('kohya_lora.safetensors')],
      [fixture('bert')],
      [fixture('gpt2-sharded')],
    ],
    [
      [fixture('torch/state_dict.pt')],
      ['ls', fixture('torch/module.pt')],
      ['check', fixture('torch/lightning.ckpt')],
      [fixture('torch/torch-1.13/views-legacy.pt')],
      [fixture('header.json')],
    ],
  ]
}

/** A safetensors file of layers with experts, as most large models are made. Its data is a hole. */
function repeatedBlocks(path) {
  const names = ['model.embed_tokens.weight']
  for (let layer = 0; layer < 4; layer++) {
    for (const name of ['q_proj', 'k_proj', 'v_proj', 'o_proj'])
      names.push(`model.layers.${layer}.self_attn.${name}.weight`)
    for (let expert = 0; expert < 8; expert++)
      for (const name of ['gate_proj', 'up_proj', 'down_proj'])
        names.push(`model.layers.${layer}.mlp.experts.${expert}.${name}.weight`)
    for (const name of ['input_layernorm', 'post_attention_layernorm'])
      names.push(`model.layers.${layer}.${name}.weight`)
  }
  names.push('model.norm.weight', 'lm_head.weight')
  let end = 0
  const entries = names.map((name) => {
    const shape = /norm/.test(name) ? [64] : [64, 64]
    const begin = end
    end += 2 * shape.reduce((product, size) => product * size, 1)
    return [name, { dtype: 'BF16', shape, data_offsets: [begin, end] }]
  })
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)))
  const bytes = Buffer.alloc(8 + header.length + end)
  bytes.writeBigUInt64LE(BigInt(header.length))
  bytes.set(header, 8)
  writeFileSync(path, bytes)
  return path
}

/** How many packs there are: the last holds what none of these runs loads too. */
export const packCount = 3

/** The file of a pack in `dist`, and what other packs call it. */
export const packFile = (index) => (index === 0 ? 'cli.js' : `cli-${index + 1}.js`)

/**
 * Runs them all with the `main` of a build.
 *
 * @param afterGroup is told when those of a pack are done
 */
export async function train(main, afterGroup = () => {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sdinspect-build-'))
  try {
    for (const group of runs(folder)) {
      for (const argv of group)
        for (const isTTY of [false, true]) {
          const texts = []
          const sink = { isTTY, columns: 100, write: async (text) => void texts.push(text) }
          const exitCode = await main(argv, { out: sink, err: sink, env: { TERM: 'xterm-256color' } })
          // 2 is a command that was not run.
          if (exitCode === 2) throw new Error(`sdinspect ${argv.join(' ')} exits with 2: ${texts.join('')}`)
        }
      await afterGroup()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
