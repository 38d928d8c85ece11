// npm run scale -- [--python PATH] [--bytes N] [ENGINE…]: the examples of examples/scale, run with two workers on a model of that
// apparent size (8 GB without it), one worker of each killed half-way. Ends with 1 where the answer is not that of one run.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeModel } from './model.ts'

const argument = (name: string, fallback: string): string => {
  const at = process.argv.indexOf(name)
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback)
}
const root = process.cwd()
const python = argument('--python', 'python3')
const bytes = Number(argument('--bytes', '8e9'))
const parts = 4

const engines = {
  spark: {
    module: 'pyspark',
    example: 'examples/scale/spark.py',
    // Two workers, each part tried four times.
    env: {
      PYSPARK_SUBMIT_ARGS:
        '--master local[2,4] --conf spark.ui.enabled=false --conf spark.driver.host=127.0.0.1 pyspark-shell',
      PYSPARK_PYTHON: python,
    },
  },
  ray: {
    module: 'ray',
    example: 'examples/scale/ray_parts.py',
    env: { RAY_AUTH_MODE: 'disabled', RAY_USAGE_STATS_ENABLED: '0' },
  },
} as const
type Engine = keyof typeof engines

const names = Object.keys(engines) as Engine[]
const wanted = names.filter((name) => process.argv.includes(name))
const folder = mkdtempSync(join(tmpdir(), 'sdinspect-scale-'))
try {
  const model = writeModel(join(folder, 'model'), bytes)
  const command = [process.execPath, join(root, 'bin/sdinspect.js')]
  const begun = Date.now()
  const whole = execFileSync(command[0] as string, [...command.slice(1), 'stats', model, '--json'], {
    maxBuffer: 2 ** 30,
  })
  const alone = seconds(begun)
  process.stdout.write(
    `A model of ${(bytes / 1e9).toFixed(1)} GB, ${parts} parts, two workers, one of them killed half-way; one run alone ${alone} s.\n\n`,
  )
  process.stdout.write(
    '| engine | version | the answer of one run, to the byte | killed | seconds |\n|---|---|---|---|---:|\n',
  )
  for (const name of wanted.length === 0 ? names : wanted) run(name, model, command, whole)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function run(name: Engine, model: string, command: readonly string[], whole: Buffer): void {
  const { module, example, env } = engines[name]
  const version = spawnSync(python, ['-c', `import ${module}; print(${module}.__version__)`], {
    encoding: 'utf8',
  })
  if (version.status !== 0) {
    process.stdout.write(`| ${name} | not installed | | | |\n`)
    return
  }
  const mark = join(folder, `${name}-killed`)
  const killed = [process.execPath, join(root, 'scripts/scale/killed-once.mjs'), mark, '400', ...command]
  const begun = Date.now()
  const answer = join(folder, `${name}.json`)
  const { status, stderr } = spawnSync(
    python,
    [join(root, example), model, String(parts), answer, ...killed],
    { env: { ...process.env, HOME: folder, ...env }, maxBuffer: 2 ** 30 },
  )
  const isSame = status === 0 && readFileSync(answer).equals(whole)
  if (!isSame) {
    process.exitCode = 1
    process.stderr.write(`${name}: status ${status}\n${stderr.toString().slice(-4_000)}\n`)
  }
  const killedText = existsSync(mark) ? 'yes' : 'no'
  if (killedText === 'no') process.exitCode = 1
  process.stdout.write(
    `| ${name} | ${version.stdout.trim()} | ${isSame ? 'yes' : '**no**'} | ${killedText} | ${seconds(begun)} |\n`,
  )
}

function seconds(begun: number): string {
  return ((Date.now() - begun) / 1_000).toFixed(0)
}
