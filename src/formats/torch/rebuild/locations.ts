import { finding } from '../../../findings/finding.ts'
import type { Finding } from '../../../model/finding.ts'

/** Places where torch puts a storage by itself (torch/serialization.py, register_package), if the machine has them. */
const ofTorch = /^(?:cpu|meta|(?:mps|cuda|hpu|xpu|mtia|privateuseone)(?::(?:0|[1-9]\d{0,5}))?)$/
/** Those that other packages register: torch_xla, torch_npu and their like. */
const ofPackages = /^(?:xla|npu|musa|mlu|gcu|sdaa|supa|ipu|dml|maia|vulkan|lazy|hip)(?::(?:0|[1-9]\d{0,5}))?$/

/** Those that any machine has. */
const anywhere = new Set(['cpu', 'meta'])

/** Locations of storages where `torch.load` fails, always or without the device, unless `map_location` says another. */
export function locationFindings(locations: Iterable<string>, file: string): Finding[] {
  const counts = new Map<string, number>()
  const devices = new Set<string>()
  for (const location of locations)
    if (!ofTorch.test(location)) counts.set(location, (counts.get(location) ?? 0) + 1)
    else if (!anywhere.has(location)) devices.add(location)
  return [...unknownPlaces(counts, file), ...devicesOf(devices, file)]
}

function devicesOf(devices: ReadonlySet<string>, file: string): Finding[] {
  return devices.size === 0 ? [] : [finding('torch/device', { devices: [...devices].sort() }, { file })]
}

function unknownPlaces(counts: ReadonlyMap<string, number>, file: string): Finding[] {
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
