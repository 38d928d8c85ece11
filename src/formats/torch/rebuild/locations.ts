import { finding } from '../../../findings/finding.ts'
import type { Finding } from '../../../model/finding.ts'

/** Places where torch puts a storage by itself (torch/serialization.py, register_package), if the machine has them. */
const ofTorch = /^(?:cpu|meta|(?:mps|cuda|hpu|xpu|mtia|privateuseone)(?::(?:0|[1-9]\d{0,5}))?)$/
/** Those that other packages register: torch_xla, torch_npu and their like. */
const ofPackages = /^(?:xla|npu|musa|mlu|gcu|sdaa|supa|ipu|dml|maia|vulkan|lazy|hip)(?::(?:0|[1-9]\d{0,5}))?$/

/** Locations of storages that torch does not know, which `torch.load` fails on unless `map_location` says another. */
export function locationFindings(locations: Iterable<string>, file: string): Finding[] {
  const counts = new Map<string, number>()
  for (const location of locations)
    if (!ofTorch.test(location)) counts.set(location, (counts.get(location) ?? 0) + 1)
  const unknown = [...counts.keys()].sort((a, b) => Number(ofPackages.test(a)) - Number(ofPackages.test(b)))
  const [first] = unknown
  if (first === undefined) return []
  return [
    finding(
      'torch/location',
      {
        location: first.slice(0, 40),
        storages: counts.get(first) as number,
        locations: unknown.length,
        isOfPackage: ofPackages.test(first),
      },
      { file },
    ),
  ]
}
