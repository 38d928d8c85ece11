import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

test('the TypeScript examples of the README compile, as strictly as the sources', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code as string)
  expect(examples.length).toBeGreaterThanOrEqual(4)
  const folder = mkdtempSync(join(tmpdir(), 'sdinspect-readme-'))
  try {
    examples.forEach((code, i) => {
      writeFileSync(join(folder, `example${i}.ts`), code)
    })
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(root, 'tsconfig.json'),
        compilerOptions: {
          paths: {
            sdinspect: [join(root, 'src/index.ts')],
            'sdinspect/check': [join(root, 'src/gate.ts')],
            'sdinspect/node': [join(root, 'src/node.ts')],
            'sdinspect/safetensors': [join(root, 'src/safetensors.ts')],
          },
          typeRoots: [join(root, 'node_modules/@types')],
          // What an example computes it need not use.
          noUnusedLocals: false,
        },
        include: ['*.ts'],
        exclude: [],
      }),
    )
    const run = () =>
      execFileSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8', stdio: 'pipe' })
    expect(messageOf(run)).toBe('')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** What the compiler says against the examples. */
function messageOf(run: () => string): string {
  try {
    return run()
  } catch (error) {
    return String((error as { stdout?: string }).stdout)
  }
}
