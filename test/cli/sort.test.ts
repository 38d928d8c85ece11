import { describe, expect, it } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

const path = 'fixtures/cnn.safetensors'

/** The lines of the tree that are at its top, by their names. */
async function top(...argv: string[]): Promise<string[]> {
  const { out } = await runCli([...argv, '--depth', '1'], { columns: 120 })
  return out
    .split('\n')
    .filter((line) => /^[a-z]+\d*(\.\d)? /.test(line))
    .map((line) => line.split(' ')[0] as string)
}

describe.each(['inspect', 'tree'])('%s --sort', (command) => {
  it('puts the largest modules first, by parameters or by bytes', async () => {
    // Elements of the file's shapes: layer4 267,840 parameters, fc 97,000, layer3 42,432.
    expect((await top(command, path, '--sort', 'params')).slice(0, 3)).toEqual(['layer4.0', 'fc', 'layer3.0'])
    expect((await top(command, path, '--sort', 'bytes')).slice(0, 3)).toEqual(['layer4.0', 'fc', 'layer3.0'])
  })

  it('puts them in the order of their names, and of the file', async () => {
    const byName = await top(command, 'fixtures/torch/state_dict.pt', '--sort', 'name')
    // Own tensors come before modules.
    expect(byName[0]).toBe('scale')
    expect(byName.slice(1)).toEqual(byName.slice(1).sort())
    expect(await top(command, 'fixtures/torch/state_dict.pt', '--sort', 'order')).toEqual(
      await top(command, 'fixtures/torch/state_dict.pt'),
    )
  })
})

it('is refused where the answer is the order of the file', async () => {
  for (const format of ['json', 'md']) {
    const { code, err } = await runCli(['inspect', path, '--sort', 'params', '--format', format])
    expect([format, code]).toEqual([format, 2])
    expect(err).toContain('--sort is for what people read')
  }
  expect((await runCli(['tree', path, '--sort', 'params', '--format', 'md'])).code).toBe(0)
  expect((await runCli(['ls', path, '--sort', 'params', '--json'])).code).toBe(0)
})
