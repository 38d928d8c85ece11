// Compiled, not run: the types a program in a browser sees, without Node's types and without skipLibCheck.
import { inspect, memorySource, type Report, type TensorReport } from 'sdinspect'
import { readSafetensors } from 'sdinspect/safetensors'

const report: Report = await inspect(memorySource(new Uint8Array(8)))
const tensors: readonly TensorReport[] = report.stateDicts.flatMap((each) => each.tensors)
const kinds: ('parameter' | 'buffer' | 'other')[] = tensors.map((tensor) => tensor.kind)
const header = await readSafetensors(new Blob([]))
const names: string[] = header.tensors.map((tensor) => tensor.name)

export { kinds, names }
