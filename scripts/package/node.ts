// Compiled, not run: the types a Node program sees, without skipLibCheck.
import type { Report } from 'sdinspect'
import { inspectPath, inspectPaths } from 'sdinspect/node'

const report: Report = await inspectPath('model.safetensors')
const failed: string[] = []
for await (const inspected of inspectPaths(['a.safetensors', 'b.safetensors']))
  if ('error' in inspected) failed.push(inspected.error.message)

export { failed, report }
