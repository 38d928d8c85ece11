// Compiled, not run: the types a program sees, without skipLibCheck and without Node's types.
import { inspect, memorySource, type Report, type TensorReport } from 'sdinspect'
import { inspectPath } from 'sdinspect/node'
import { readSafetensors } from 'sdinspect/safetensors'

const report: Report = await inspect(memorySource(new Uint8Array(8)))
const tensors: readonly TensorReport[] = report.stateDicts.flatMap((each) => each.tensors)
const kinds: ('parameter' | 'buffer' | 'other')[] = tensors.map((tensor) => tensor.kind)
const fromDisk: Report = await inspectPath('model.safetensors')
const header = await readSafetensors(new Uint8Array(8))

export { fromDisk, header, kinds }
