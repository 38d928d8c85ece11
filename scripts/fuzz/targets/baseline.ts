import { Baseline } from '../../../src/check/baseline.ts'
import { parseBaseline } from '../../../src/check/parse-baseline.ts'
import { holds, type Target } from '../target.ts'

export const baseline: Target = {
  name: 'baseline',
  input: 'a report of `check` as a baseline',
  about: ['src/check/parse-baseline.ts', 'src/check/baseline.ts'],
  seeds: ['fuzz/baselines/*'],
  async run(input) {
    const read = parseBaseline(new TextDecoder().decode(input))
    if (typeof read === 'string') return
    holds('as many gone as are different', new Baseline(read).gone, new Set(read).size)
  },
}
