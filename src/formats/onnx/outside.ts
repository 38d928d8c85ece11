import { isSdinspectError } from '../../errors.ts'
import { finding } from '../../findings/finding.ts'
import type { CheckpointFile } from '../../model/checkpoint.ts'
import type { Finding } from '../../model/finding.ts'
import type { Tensor } from '../../model/tensors/tensor.ts'
import { runOf } from '../../model/values/values.ts'
import { containedName } from '../../source/contained-name.ts'
import type { Place } from '../../source/source.ts'
import type { Graph } from './graph.ts'
import type { TensorData } from './tensor-proto.ts'

type Elsewhere = Extract<TensorData, { readonly kind: 'elsewhere' }>

/** The files beside the model that hold values, and whether they do. */
export class Outside {
  readonly files: readonly CheckpointFile[]
  readonly findings: readonly Finding[]
  readonly #sizes: ReadonlyMap<string, number>

  private constructor(sizes: ReadonlyMap<string, number>, findings: readonly Finding[]) {
    this.#sizes = sizes
    this.findings = findings
    this.files = [...sizes].map(([name, bytes]) => ({ name, bytes, role: 'weights' }))
  }

  /**
   * Looks at how large the files are that the tensors of a graph name. Nothing is read.
   *
   * @throws SdinspectError `source/outside` for one out of the folder
   */
  static async of(graph: Graph, place: Place | undefined): Promise<Outside> {
    const all = [...graph.tensors, ...graph.sparse.flatMap(({ values, indices }) => [values, indices])]
    const named = new Map<string, string>()
    for (const { name, data } of all)
      if (data.kind === 'elsewhere' && !named.has(data.location)) named.set(data.location, name)
    for (const location of named.keys()) containedName(location)
    const sizes = new Map<string, number>()
    const findings: Finding[] = []
    for (const [location, tensor] of named) {
      const size = await sizeOf(location, place)
      if (size === null) findings.push(finding('onnx/missing-data', { location }, { tensor, file: location }))
      else sizes.set(location, size)
    }
    for (const { name, data, bytes } of all) {
      if (data.kind !== 'elsewhere' || bytes === null) continue
      const there = sizes.get(data.location)
      if (there === undefined) continue
      const about = { tensor: name, file: data.location }
      if (data.length !== null && data.length !== bytes)
        findings.push(finding('onnx/data-size', { bytes: data.length, needs: bytes }, about))
      else if (data.offset + bytes > there)
        findings.push(finding('onnx/data-end', { end: data.offset + bytes, there }, about))
    }
    return new Outside(sizes, findings)
  }

  values({ location, offset }: Elsewhere, bytes: number): Tensor['values'] {
    const there = this.#sizes.get(location)
    return there === undefined || offset + bytes > there ? 'not in this file' : runOf(location, offset, bytes)
  }
}

async function sizeOf(location: string, place: Place | undefined): Promise<number | null> {
  if (place === undefined) return null
  try {
    const source = await place.open(location, { first: 0 })
    await source.close?.()
    return source.size
  } catch (error) {
    if (isSdinspectError(error) && error.code === 'source/not-found') return null
    throw error
  }
}
