import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { fileInputs, type Input, truthInputs } from './inputs.ts'
import { oddInputs } from './odd-inputs.ts'

const file = 'fixtures/code/accepted.json.gz'

/** The inputs that are in the repository. */
export async function* ownInputs(): AsyncGenerator<Input> {
  yield* truthInputs('fixtures/truth')
  yield* truthInputs('fixtures/code')
  yield* oddInputs()
  yield* fileInputs('fixtures', 'fixtures')
}

/** By input: the hash of the text that torch took, or `refused`. */
export function readAccepted(): Map<string, string> {
  return new Map(
    Object.entries(JSON.parse(gunzipSync(readFileSync(file)).toString()) as Record<string, string>),
  )
}

export function writeAccepted(accepted: ReadonlyMap<string, string>): void {
  writeFileSync(file, gzipSync(`${JSON.stringify(Object.fromEntries(accepted), null, 2)}\n`, { level: 9 }))
}
