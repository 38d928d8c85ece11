import { Baseline } from '../../../src/check/findings/baseline.ts'
import { parseBaseline } from '../../../src/check/findings/parse-baseline.ts'
import { holds, type Target } from '../target.ts'

export const baseline: Target = {
  name: 'baseline',
  input: 'a report of `check` as a baseline',
  about: ['src/check/findings/parse-baseline.ts', 'src/check/findings/baseline.ts'],
  seeds: ['fuzz/baselines/*'],
  async run(input) {
    const read = parseBaseline(new TextDecoder().decode(input))
    if (typeof read === 'string') return
    holds('as many gone as are different', new Baseline(read).gone, new Set(read).size)
  },
}
