import { lockReport } from '../../../src/lock/lock-report.ts'
import { parseLock } from '../../../src/lock/parse-lock.ts'
import { lockLines } from '../../../src/lock/write-lock.ts'
import { answered, smallLimits } from '../checkpoint-facts.ts'
import { holds, type Target } from '../target.ts'

export const lock: Target = {
  name: 'lock',
  input: 'a lock file',
  about: ['src/lock/'],
  seeds: ['diff/*.lock'],
  async run(input) {
    const read = await answered(() => parseLock(new TextDecoder().decode(input), { limits: smallLimits }))
    if (read === null) return
    const written = [...lockLines(read), ''].join('\n')
    holds(
      'a lock that was read and written can be read, and is written the same',
      [...lockLines(parseLock(written)), ''].join('\n'),
      written,
    )
    for (const one of read.checkpoints) lockReport(one)
  },
}
