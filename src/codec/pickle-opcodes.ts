import type { PickleMachine } from './pickle-machine.ts'
import { decodeUtf8 } from './pickle-reader.ts'
import { latin1, parseFloatText, rawUnicode, unquoted } from './pickle-text.ts'
import type { PickleValue } from './pickle-value.ts'

// Opcodes and their meaning: Lib/pickle.py and Lib/pickletools.py of CPython.

export type Operation = (machine: PickleMachine) => void

/** By opcode. STOP is not among them: the machine ends at it. */
export const operations: (Operation | undefined)[] = []

function define(opcode: number, operation: Operation): void {
  operations[opcode] = operation
}

function push(opcode: number, value: (machine: PickleMachine) => PickleValue): void {
  operations[opcode] = (machine) => {
    machine.stack.push(value(machine))
  }
}

// PROTO, FRAME
define(0x80, (m) => m.setProtocol(m.reader.u8()))
define(0x95, (m) => m.reader.frame())

// MARK, POP, POP_MARK, DUP
define(0x28, (m) => m.mark())
define(0x30, (m) => m.discard())
define(0x31, (m) => {
  m.popToMark()
})
push(0x32, (m) => m.top())

// NONE, NEWTRUE, NEWFALSE
push(0x4e, () => null)
push(0x88, () => true)
push(0x89, () => false)

// BININT1, BININT2, BININT, LONG1, LONG4, INT, LONG
push(0x4b, (m) => m.reader.u8())
push(0x4d, (m) => m.reader.u16())
push(0x4a, (m) => m.reader.i32())
push(0x8a, (m) => m.reader.integer(m.reader.u8()))
push(0x8b, (m) => m.reader.integer(signedLength(m)))
push(0x49, textInteger)
push(0x4c, textLong)

// BINFLOAT, FLOAT
push(0x47, (m) => ({ kind: 'float', value: m.reader.f64() }))
push(0x46, textFloat)

// SHORT_BINUNICODE, BINUNICODE, BINUNICODE8, UNICODE
push(0x8c, (m) => m.reader.text(m.reader.u8()))
push(0x58, (m) => m.reader.text(m.reader.u32()))
push(0x8d, (m) => m.reader.text(m.reader.size64('the string')))
push(0x56, textUnicode)

// SHORT_BINSTRING, BINSTRING, STRING
push(0x55, (m) => oldText(m, m.reader.take(m.reader.u8())))
push(0x54, (m) => oldText(m, m.reader.take(signedLength(m))))
push(0x53, textString)

// SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8
push(0x43, (m) => ({ kind: 'bytes', bytes: m.reader.take(m.reader.u8()) }))
push(0x42, (m) => ({ kind: 'bytes', bytes: m.reader.take(m.reader.u32()) }))
push(0x8e, (m) => ({ kind: 'bytes', bytes: m.reader.take(m.reader.size64('the byte string')) }))
push(0x96, (m) => ({ kind: 'bytearray', bytes: m.reader.take(m.reader.size64('the byte array')) }))

// EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3
push(0x29, () => ({ kind: 'tuple', items: [] }))
push(0x74, (m) => ({ kind: 'tuple', items: m.popToMark() }))
push(0x85, (m) => ({ kind: 'tuple', items: m.popCount(1) }))
push(0x86, (m) => ({ kind: 'tuple', items: m.popCount(2) }))
push(0x87, (m) => ({ kind: 'tuple', items: m.popCount(3) }))

// EMPTY_LIST, LIST, APPEND, APPENDS
push(0x5d, () => ({ kind: 'list', items: [] }))
push(0x6c, (m) => ({ kind: 'list', items: m.popToMark() }))
define(0x61, (m) => m.append(m.popCount(1)))
define(0x65, (m) => m.append(m.popToMark()))

// EMPTY_DICT, DICT, SETITEM, SETITEMS
push(0x7d, (m) => m.newDict())
push(0x64, (m) => {
  const dict = m.newDict()
  m.setItems(dict, m.popToMark())
  return dict
})
define(0x73, (m) => m.setItemsOnTop(m.popCount(2)))
define(0x75, (m) => m.setItemsOnTop(m.popToMark()))

// EMPTY_SET, FROZENSET, ADDITEMS
push(0x8f, (m) => m.newSet('set', []))
push(0x91, (m) => m.newSet('frozenset', m.popToMark()))
define(0x90, (m) => m.addItems(m.popToMark()))

// GET, BINGET, LONG_BINGET, PUT, BINPUT, LONG_BINPUT, MEMOIZE
push(0x67, (m) => m.recall(memoIndex(m)))
push(0x68, (m) => m.recall(m.reader.u8()))
push(0x6a, (m) => m.recall(m.reader.u32()))
define(0x70, (m) => m.memorise(memoIndex(m)))
define(0x71, (m) => m.memorise(m.reader.u8()))
define(0x72, (m) => m.memorise(m.reader.u32()))
define(0x94, (m) => m.memorise(m.memoSize()))

// GLOBAL, STACK_GLOBAL, EXT1, EXT2, EXT4
push(0x63, (m) => {
  const module = line(m)
  return m.name(module, line(m))
})
push(0x93, (m) => {
  const [module, name] = m.popCount(2) as [PickleValue, PickleValue]
  return m.nameOnStack(module, name)
})
push(0x82, (m) => m.extension(m.reader.u8()))
push(0x83, (m) => m.extension(m.reader.u16()))
push(0x84, (m) => m.extension(m.reader.i32()))

// REDUCE, NEWOBJ, NEWOBJ_EX, INST, OBJ, BUILD
push(0x52, (m) => {
  const [callee, args] = m.popCount(2) as [PickleValue, PickleValue]
  return m.call('reduce', callee, args, null)
})
push(0x81, (m) => {
  const [callee, args] = m.popCount(2) as [PickleValue, PickleValue]
  return m.call('newobj', callee, args, null)
})
push(0x92, (m) => {
  const [callee, args, kwargs] = m.popCount(3) as [PickleValue, PickleValue, PickleValue]
  return m.call('newobj', callee, args, kwargs)
})
push(0x69, (m) => {
  const module = line(m)
  const callee = m.name(module, line(m))
  return m.call('inst', callee, { kind: 'tuple', items: m.popToMark() }, null)
})
push(0x6f, (m) => {
  const [callee, ...items] = m.popToMark()
  if (callee === undefined) throw m.malformed('stack underflow')
  return m.call('inst', callee, { kind: 'tuple', items }, null)
})
define(0x62, (m) => m.build())

// PERSID, BINPERSID
push(0x50, (m) => m.persistent(line(m)))
push(0x51, (m) => m.persistent(m.popCount(1)[0] as PickleValue))

// NEXT_BUFFER, READONLY_BUFFER
for (const opcode of [0x97, 0x98])
  define(opcode, (m) => {
    throw m.malformed('an out-of-band buffer, which no file can hold,')
  })

function signedLength(m: PickleMachine): number {
  const length = m.reader.i32()
  if (length < 0) throw m.malformed(`a length of ${length}`)
  return length
}

function line(m: PickleMachine): string {
  const text = decodeUtf8(m.reader.line())
  if (text === undefined) throw m.malformed('a name that is not UTF-8')
  return text
}

function memoIndex(m: PickleMachine): number {
  const begin = m.reader.position
  const index = m.reader.decimal(latin1(m.reader.line()), begin)
  if (typeof index !== 'number' || index < 0) throw m.malformed(`the memo index ${index}`)
  return index
}

function textInteger(m: PickleMachine): PickleValue {
  const begin = m.reader.position
  const digits = latin1(m.reader.line())
  return digits === '00' || digits === '01' ? digits === '01' : m.reader.decimal(digits, begin)
}

function textLong(m: PickleMachine): PickleValue {
  const begin = m.reader.position
  const digits = latin1(m.reader.line())
  return m.reader.decimal(digits.endsWith('L') ? digits.slice(0, -1) : digits, begin)
}

function textFloat(m: PickleMachine): PickleValue {
  const value = parseFloatText(latin1(m.reader.line()))
  if (value === undefined) throw m.malformed('a float that is no number')
  return { kind: 'float', value }
}

function textUnicode(m: PickleMachine): PickleValue {
  const text = rawUnicode(m.reader.line())
  if (text === undefined) throw m.malformed('a string with a broken escape')
  return text
}

function textString(m: PickleMachine): PickleValue {
  const bytes = unquoted(m.reader.line())
  if (bytes === undefined) throw m.malformed('a string without its quotes')
  return oldText(m, bytes)
}

/** Python 2 has one type for text and bytes: text where it can be. */
function oldText(m: PickleMachine, bytes: Uint8Array): PickleValue {
  const text = decodeUtf8(bytes)
  // Of newer strings alone Python takes lone surrogates.
  if (text === undefined || /\p{Cs}/u.test(text)) m.undecoded()
  return text ?? { kind: 'bytes', bytes }
}
