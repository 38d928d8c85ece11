import { createHash } from 'node:crypto'
import { programOf } from '../../src/code/plan.ts'
import type { Program } from '../../src/code/program.ts'
import { bareModule, pythonFile } from '../../src/code/python-file.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { StateDictReport } from '../../src/model/report.ts'

export interface Generated {
  readonly program: Program
  readonly text: string
  /** Of the part that makes the module, without comments: reasons are reworded, and torch reads none. */
  readonly hash: string
}

/** @throws SdinspectError where no module holds it */
export function generated(stateDict: StateDictReport, findings: readonly Finding[]): Generated {
  const program = programOf(stateDict, findings)
  const origin = { file: 'model', at: stateDict.path, version: '0' }
  const hash = createHash('sha256').update(bareModule(program)).digest('hex').slice(0, 20)
  return { program, text: [...pythonFile(program, origin)].join(''), hash }
}
