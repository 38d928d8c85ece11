// Writes anew what is committed and made of the sources: npm run docs. Stops at the first that fails.
import { spawnSync } from 'node:child_process'

const made = [
  ['scripts/kernels.js'],
  ...[
    'rules-page.ts',
    'policy/main.ts',
    'man/main.ts',
    'damage/main.ts',
    'fuzz/page.ts',
    'differential/page.ts',
    'adversary/page.ts',
    'accuracy/page.ts',
    'layouts/page.ts',
    'code/page/main.ts',
  ].map((script) => ['scripts/run.js', `scripts/${script}`]),
]

for (const command of made) {
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
