import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { CheckReport } from '../../src/check/check-report.ts'
import type { Io } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'
import type { Damage } from './damage.ts'
import { Files } from './files.ts'

/** What `sdinspect check` says of a checkpoint before and after it is damaged. */
export interface DamageFound {
  readonly good: CheckReport
  readonly damaged: CheckReport
}

const known = new Map<Damage, Promise<DamageFound>>()

/** Copies the good checkpoint of a damage, checks it, damages it, and checks it again; once for each damage. */
export function damageFound(damage: Damage): Promise<DamageFound> {
  const found = known.get(damage) ?? find(damage)
  known.set(damage, found)
  return found
}

async function find({
  from,
  as,
  learnt,
  policy: said,
  locked,
  values,
  beside,
  apply,
}: Damage): Promise<DamageFound> {
  const folder = mkdtempSync(join(tmpdir(), 'sdinspect-damage-'))
  try {
    // In a folder of its own, so that only what belongs to it is beside it.
    const own = join(folder, 'own')
    mkdirSync(own)
    const copy = (name: string): string => {
      cpSync(join('fixtures', from), join(own, name), { recursive: true })
      for (const other of beside ?? []) cpSync(join('fixtures', other), join(own, basename(other)))
      return join(own, name)
    }
    const policy = join(folder, 'sdinspect.yaml')
    const lock = join(folder, 'sdinspect.lock')
    const path = copy(basename(from))
    if (learnt) await run(['init', path, '-o', policy])
    if (said !== undefined) writeFileSync(policy, `version: 1\n${said}\n`)
    if (locked) await run(['lock', path, '--lock-file', lock])
    const flags = [
      ...['--json', '--config', learnt || said !== undefined ? policy : 'none'],
      ...(locked ? ['--lock-file', lock] : []),
      ...(values ? ['--values'] : []),
    ]
    const good = JSON.parse(await run(['check', path, ...flags]))
    const target = as === undefined ? path : copy(as)
    apply(new Files(target))
    const damaged = JSON.parse(await run(['check', target, ...flags]))
    return { good, damaged }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs a command line in this process, and gives what it wrote. */
async function run(argv: readonly string[]): Promise<string> {
  let out = ''
  const sink = (take: (text: string) => void) => ({
    isTTY: false,
    columns: undefined,
    async write(text: string) {
      take(text)
    },
  })
  const io: Io = { out: sink((text) => (out += text)), err: sink(() => {}), env: {} }
  await main(argv, io)
  return out
}
