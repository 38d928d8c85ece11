import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { CheckReport } from '../../src/check/check-report.ts'
import type { Io } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'
import type { Damage } from './cases.ts'
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

async function find({ from, as, learnt, apply }: Damage): Promise<DamageFound> {
  const folder = mkdtempSync(join(tmpdir(), 'sdinspect-damage-'))
  try {
    const copy = (name: string): string => {
      cpSync(join('fixtures', from), join(folder, name), { recursive: true })
      return join(folder, name)
    }
    const policy = join(folder, 'sdinspect.yaml')
    const path = copy(basename(from))
    if (learnt) await run(['init', path, '-o', policy])
    const flags = ['--json', '--config', learnt ? policy : 'none']
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
