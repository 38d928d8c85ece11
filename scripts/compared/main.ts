// Asks other tools about files of this repository and writes down what they say: npm run compared -- FOLDER
// FOLDER has the programs of an environment of Python with sft-cli, modelinfo-cli, weightlens and torchinfo. Renews docs/compared.json
// and the table of docs/compared.md.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Answer, runs, withAnswers } from './runs.ts'

const [folder = 'bin'] = process.argv.slice(2)
const bin = resolve(folder)
const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, COLUMNS: '100', NO_COLOR: '1' }
const versions = new Map<string, string>()

const answers = runs.map(({ tool, pack, command, says }): Answer => {
  const [program = '', ...args] = command
  const { status, stdout, stderr } = spawnSync(`${bin}/${program}`, args, {
    env,
    encoding: 'utf8',
    timeout: 600_000,
    maxBuffer: 1 << 28,
  })
  const told = says.exec(stdout)?.[0] ?? says.exec(stderr)?.[0] ?? ''
  const shown = program === 'python' ? 'summary of Conv2d(3, 8, 3) and BatchNorm2d(8)' : command.join(' ')
  const answer = {
    tool,
    version: versionOf(pack),
    command: shown,
    exitCode: status,
    says: told.trim().replace(/ +/g, ' '),
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`)
  return answer
})
writeFileSync('docs/compared.json', `${JSON.stringify(answers, null, 2)}\n`)
writeFileSync('docs/compared.md', withAnswers(readFileSync('docs/compared.md', 'utf8'), answers))

function versionOf(pack: string): string {
  const known = versions.get(pack)
  if (known !== undefined) return known
  const code = `from importlib.metadata import version; print(version("${pack}"))`
  const { stdout, stderr } = spawnSync(`${bin}/python`, ['-c', code], { env, encoding: 'utf8' })
  if (stdout.trim() === '') throw new Error(`${pack} is not in ${bin}: ${stderr}`)
  versions.set(pack, stdout.trim())
  return stdout.trim()
}
