import { expect, it } from 'vitest'
import { runCli } from '../helpers/run-cli.ts'

it.each([['inspect'], ['ls'], ['tree']])(
  '%s shows no empty report where --keep fits nothing',
  async (command) => {
    for (const columns of [undefined, 100]) {
      const around = columns === undefined ? {} : { columns }
      const { code, out, err } = await runCli(
        [command, 'fixtures/cnn.safetensors', '--keep', 'nothing.**'],
        around,
      )
      expect([code, out]).toEqual([2, ''])
      expect(err).toContain('--keep "nothing.**"')
    }
  },
)

it('the next command is shown where it fits the terminal, and never broken', async () => {
  const path = `${'./'.repeat(20)}fixtures/cnn.safetensors`
  expect((await runCli(['inspect', path], { columns: 200 })).out).toContain('next: sdinspect why')
  expect((await runCli(['inspect', path], { columns: 80 })).out).not.toContain('next: sdinspect why')
})
