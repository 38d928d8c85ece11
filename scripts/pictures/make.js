// Draws docs/pictures from what the built command line prints: node scripts/pictures/make.js. Needs tmux.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main } from '../../dist/cli.js'
import { writeDeepSeek } from './deepseek-v3.js'
import { screenOf } from './screen.js'
import { terminalSvg } from './terminal-svg.js'

const folder = await mkdtemp(join(tmpdir(), 'sdinspect-pictures-'))
try {
  await writeDeepSeek(join(folder, 'deepseek-v3.safetensors'))
  await picture('deepseek-v3', 142, folder, ['deepseek-v3.safetensors'])
  const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url))
  await picture('cnn', 162, fixtures, ['cnn.safetensors'])
  await picture('why', 100, fixtures, ['why', 'cnn.safetensors', 'bn1.*'])
  const find = ['/', 'query.weight', 'Enter', 'i', 'v']
  await screen('browse', 110, 28, fixtures, ['browse', 'bert'], find)
  await screen('browse-two', 110, 20, fixtures, ['browse', 'torch/state_dict.pt', 'torch/ddp.pt'], ['E'])
} finally {
  await rm(folder, { recursive: true })
}

/** What a terminal of `columns` cells and 256 colours shows for `sdinspect argv`, run in `cwd`. */
async function picture(name, columns, cwd, argv) {
  process.chdir(cwd)
  let text = ''
  const sink = {
    isTTY: true,
    columns,
    async write(piece) {
      text += piece
    },
  }
  const env = { TERM: 'xterm-256color', npm_command: 'exec' }
  const code = await main(argv, { out: sink, err: sink, env })
  if (code !== 0) throw new Error(`sdinspect ${argv.join(' ')} ended with ${code}:\n${text}`)
  const prompt = `\x1b[38;5;244m$\x1b[39m npx sdinspect ${argv.join(' ')}\n\n`
  const file = new URL(`../../docs/pictures/${name}.svg`, import.meta.url)
  await writeFile(file, terminalSvg(prompt + text, columns, `what sdinspect ${argv.join(' ')} prints`))
}

/** What a terminal shows after keys were pressed, one after the other. */
async function screen(name, columns, rows, cwd, argv, keys) {
  const bin = fileURLToPath(new URL('../../bin/sdinspect.js', import.meta.url))
  const text = await screenOf([process.execPath, bin, ...argv], { columns, rows, cwd, keys })
  const file = new URL(`../../docs/pictures/${name}.svg`, import.meta.url)
  await writeFile(file, terminalSvg(text, columns, `what sdinspect ${argv.join(' ')} shows`))
}
