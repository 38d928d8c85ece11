import { compilePolicy } from '../../../src/check/policy/compile-policy.ts'
import { checkCheckpoint } from '../../../src/check/run.ts'
import { parsePolicy } from '../../../src/cli/files/policy-document.ts'
import { inspectCheckpoint } from '../../../src/inspect.ts'
import { checkpointOf } from '../../../test/helpers/checkpoint.ts'
import { answered } from '../checkpoint-facts.ts'
import type { Target } from '../target.ts'

const checkpoint = checkpointOf({
  'a.weight': ['F32', [4, 4]],
  'a.bias': ['F32', [4]],
  'b.running_mean': ['F32', [4]],
})
const report = inspectCheckpoint(checkpoint, { path: 'model' })

/** A policy, and a small checkpoint that is held to it. */
export const policy: Target = {
  name: 'policy',
  input: 'a policy that a small checkpoint is held to',
  about: ['src/cli/files/policy-document.ts', 'src/check/', 'src/model/pattern'],
  seeds: ['fuzz/policies/*'],
  async run(input) {
    await answered(() => {
      const policy = compilePolicy(parsePolicy(new TextDecoder().decode(input), 'sdinspect.yaml'))
      const { expected, levels } = policy.expectedOf(['model'])
      checkCheckpoint(checkpoint, report, { expected, levels })
    })
  },
}
