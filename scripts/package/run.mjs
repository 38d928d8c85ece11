// What a program that depends on the package does, run against the installed tarball.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { inspect, isSdinspectError, memorySource } from 'sdinspect'
import { check, parsePolicy, reportText } from 'sdinspect/check'
import { inspectPath, open, startWorkers } from 'sdinspect/node'
import { readSafetensors } from 'sdinspect/safetensors'
import schema from 'sdinspect/schema/report.v1.json' with { type: 'json' }

const bytes = new Uint8Array(readFileSync('cnn.safetensors'))
const { totals } = (await inspect(memorySource(bytes))).stateDicts[0]
assert.equal(totals.parameters.tensors + totals.buffers.tensors, 92)
assert.deepEqual((await inspectPath('cnn.safetensors')).stateDicts[0].totals, totals)
assert.equal((await readSafetensors(bytes)).tensors.length, 92)
await assert.rejects(inspect(memorySource(new Uint8Array(0))), (error) =>
  isSdinspectError(error, 'format/empty'),
)
assert.equal(typeof schema.$schema, 'string')

const checked = await check(['cnn.safetensors'])
assert.equal(checked.status, 'pass')
assert.match(await reportText(checked, 'junit'), /<testsuites /)
assert.equal((await parsePolicy('version: 1\n')).policy.version, 1)
await assert.rejects(parsePolicy('version: 2\n'), (error) => isSdinspectError(error, 'usage/policy'))

// Other threads, whose file is in the package.
const opened = await open('cnn.safetensors')
const started = await startWorkers(2)
assert.notEqual(started, null)
let done = 0
const workers = {
  count: 2,
  async run(...order) {
    const result = await started.run(...order)
    if (result !== null) done++
    return result
  },
}
assert.deepEqual(await opened.statistics({ workers }), await opened.statistics())
assert.ok(done > 0, 'no thread has done anything')
await started.close()
await opened.close()
