/** Bytes in the decimal unit that keeps two to four digits before the point: `96 bytes`, `12.3 kB`, `1.34 GB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1e3) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`
  const units = ['kB', 'MB', 'GB', 'TB', 'PB']
  let unit = 0
  let value = bytes / 1e3
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1e3
    unit++
  }
  return `${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)} ${units[unit]}`
}
