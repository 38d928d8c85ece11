import { readSafetensors } from '../../../src/safetensors.ts'
import { answered, readFile } from '../checkpoint-facts.ts'
import { holds, type Target } from '../target.ts'

/** The header of a safetensors file, and as many bytes after it as its last tensor asks for, where they are few. */
export const header: Target = {
  name: 'header',
  input: 'the JSON of a safetensors header, followed by as many values as it asks for',
  about: [
    'src/formats/safetensors/',
    'src/codec/json-reader.ts',
    'src/codec/json-scanner.ts',
    'src/codec/utf8.ts',
  ],
  seeds: ['cnn.safetensors', 'vit-bf16.safetensors', 'kohya_lora.safetensors', 'hostile/st/*.safetensors'],
  prepare(bytes) {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
    return bytes.subarray(8, 8 + Math.min(length, 16_000))
  },
  async run(input) {
    const ends = [...new TextDecoder('latin1').decode(input).matchAll(/,\s*(\d{1,6})\s*\]/g)]
    const values = Math.max(0, ...ends.map(([, end]) => Number(end)))
    const file = new Uint8Array(8 + input.length + values)
    new DataView(file.buffer).setBigUint64(0, BigInt(input.length), true)
    file.set(input, 8)
    await readFile(file, 'model.safetensors')
    const read = await answered(() => readSafetensors(file))
    if (read !== null)
      holds(
        'names as JSON.parse has them',
        read.tensors.map(({ name }) => name).sort(),
        namesOf(input).sort(),
      )
  },
}

function namesOf(input: Uint8Array): string[] {
  const names: string[] = []
  JSON.parse(new TextDecoder().decode(input), (key, value) => {
    if (typeof value === 'object' && value !== null && 'data_offsets' in value) names.push(key)
    return value
  })
  return names
}
