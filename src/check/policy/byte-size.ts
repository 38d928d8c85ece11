const units: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  ki: 1_024,
  Mi: 1_048_576,
  Gi: 1_073_741_824,
  Ti: 1_099_511_627_776,
}

/** Bytes of `5GB`, `1.5 GiB`, or a number of them. Rounded down. */
export function byteSize(size: number | string): number {
  if (typeof size === 'number') return size
  const [, number = '0', unit = ''] = /^([\d.]+) ?([kMGT]?i?)B$/.exec(size) ?? []
  return Math.floor(Number(number) * (units[unit] ?? 1))
}
