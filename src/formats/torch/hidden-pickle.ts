import { readPickle } from '../../codec/pickle.ts'
import { nextOpcode } from '../../codec/pickle-end.ts'
import type { PickleEvaluator } from '../../codec/pickle-evaluator.ts'
import type { PickleCall, PickleValue } from '../../codec/pickle-value.ts'
import type { Limits } from '../../limits.ts'
import type { ByteSource } from '../../source/source.ts'

// A pickle needs no magic: before protocol 2 any opcode may be its first, and PROTO may be left out of a newer one.
// Python executes opcode by opcode, so what comes before an error has run.

/** Opcodes that name something, and so begin everything a pickle can do: GLOBAL, INST, STACK_GLOBAL, EXT1, EXT2, EXT4. */
const naming: ReadonlySet<number> = new Set([0x63, 0x69, 0x93, 0x82, 0x83, 0x84])
const stop = 0x2e
const frame = 0x95
/** FLOAT, INT, LONG, STRING, UNICODE, PERSID: their argument is a line. */
const ofLines: readonly number[] = [0x46, 0x49, 0x4c, 0x53, 0x56, 0x50]
/** Bytes that are looked at in one go, at first. */
const window = 65_536
/** As long as an argument may be without a look at what follows it: two lines of text, a length. */
const argument = 4_096

/**
 * Whether `pickle.load` would call something while it reads this file, or give something imported, though nothing in
 * its first bytes says that it is a pickle: `I1\n0cposix\nsystem\n…`. Texts and pictures can begin as pickles do, and hardly
 * any goes on to a call.
 */
export async function isHiddenPickle(source: ByteSource, limits: Limits): Promise<boolean> {
  const named = await namesSomething(source, limits)
  return named === 'in frames' || (named && callsSomething(source, limits))
}

/** Whether there is an opcode that names something before the first byte that is no opcode, by their lengths alone. */
async function namesSomething(source: ByteSource, limits: Limits): Promise<boolean | 'in frames'> {
  let isFramed = false
  let begin = 0
  let bytes: Uint8Array = new Uint8Array()
  let at = 0
  for (let opcodes = 0; at < source.size; opcodes++) {
    if (opcodes > limits.pickleOpcodes) return true
    const known = begin + bytes.length
    if (at >= known || (at + argument > known && known < source.size)) {
      begin = at
      bytes = await source.read(begin, Math.min(window, source.size - begin))
    }
    const opcode = bytes[at - begin] as number
    // CPython reads across the ends of frames, a stream from a file otherwise than one in memory.
    if (naming.has(opcode)) return isFramed ? 'in frames' : true
    if (opcode === frame) isFramed ||= frameLength(bytes, at - begin) <= source.size
    if (opcode === stop) {
      at++
      continue
    }
    const next = nextOpcode(bytes, at - begin + 1, opcode, argument)
    // A line that is longer than this is left to who reads it.
    if (next === 'unknown' || next === Number.POSITIVE_INFINITY) return ofLines.includes(opcode)
    at = begin + next
  }
  return false
}

/** How many bytes a frame says it has. */
function frameLength(bytes: Uint8Array, at: number): number {
  let length = 0
  for (let i = 8; i > 0; i--) length = 256 * length + (bytes[at + i] ?? 255)
  return length
}

async function callsSomething(source: ByteSource, limits: Limits): Promise<boolean> {
  for (let size = window; ; size *= 8) {
    const length = Math.min(size, source.size, limits.pickleBytes)
    const found = callsIn(await source.read(0, length), limits)
    if (found !== 'unknown') return found
    // What is too long to be looked at is said to be that by who reads it.
    if (length === source.size) return false
    if (length === limits.pickleBytes) return true
  }
}

/** `unknown`: more of the file has to be seen. */
function callsIn(bytes: Uint8Array, limits: Limits): boolean | 'unknown' {
  const calls = new Calls()
  for (let at = 0; at < bytes.length; ) {
    const { imports, error, end } = readPickle(bytes.subarray(at), limits, 'the file', calls)
    if (calls.any || (error === null && imports.length > 0)) return true
    if (error !== null) return error.code === 'format/truncated' ? 'unknown' : error.code === 'limit/exceeded'
    at += end
  }
  return 'unknown'
}

/** Notes that a stream calls something. */
class Calls implements PickleEvaluator {
  any = false
  called(call: PickleCall): PickleValue {
    this.any = true
    return call
  }
  built(): void {
    this.any = true
  }
  keyOf(call: PickleCall): unknown {
    return call
  }
  begin(): void {}
  replaced(): void {}
  referred(): void {}
  unfollowed(): void {}
  undecoded(): void {}
}
