// Preloaded into a measured process: says on exit how much memory it had at most, in bytes.
import { writeFileSync } from 'node:fs'

const file = process.env.SDINSPECT_BENCH_PEAK
if (file) process.on('exit', () => writeFileSync(file, String(process.resourceUsage().maxRSS * 1024)))
