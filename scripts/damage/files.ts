import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readWeights, type Weights, writeWeights } from './weights.ts'

/** The files of a checkpoint on disk, to be damaged. */
export class Files {
  readonly #root: string

  /** @param root a folder, or the only file */
  constructor(root: string) {
    this.#root = root
  }

  bytes(name: string): Uint8Array {
    return new Uint8Array(readFileSync(this.#path(name)))
  }

  write(name: string, content: Uint8Array | string): void {
    writeFileSync(this.#path(name), content)
  }

  remove(name: string): void {
    rmSync(this.#path(name))
  }

  /** A file beside a checkpoint of one file. */
  removeBeside(name: string): void {
    rmSync(join(dirname(this.#root), name))
  }

  names(): string[] {
    return readdirSync(this.#root).sort()
  }

  /** A good checkpoint of one file, to take the place of this one. */
  fixture(name: string): Uint8Array {
    return new Uint8Array(readFileSync(join('fixtures', name)))
  }

  /** Changes the parsed JSON of a file. */
  json(name: string, change: (value: Readonly<Record<string, object>>) => void): void {
    const value = JSON.parse(readFileSync(this.#path(name), 'utf8'))
    change(value)
    this.write(name, JSON.stringify(value, null, 2))
  }

  /** Changes the tensors of a safetensors file. */
  weights(name: string, change: (weights: Weights) => void): void {
    const weights = readWeights(this.bytes(name))
    change(weights)
    this.write(name, writeWeights(weights))
  }

  /** A file of a checkpoint that is one file has no name of its own. */
  #path(name: string): string {
    return statSync(this.#root).isDirectory() ? join(this.#root, name) : this.#root
  }
}
