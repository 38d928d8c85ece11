import { describe, expect, test } from 'vitest'
import { zipBytes } from '../../codec/zip-bytes.ts'
import { fixtureBytes, readBytes } from './open.ts'

const text = (value: string) => `X${String.fromCharCode(value.length & 255, value.length >> 8)}\0\0${value}`
const named = (module: string, name: string) => `c${module}\n${name}\n`
const file = (pickle: string) =>
  zipBytes([
    { name: 'a/data.pkl', data: Buffer.from(`\x80\x02${pickle}.`, 'latin1') },
    { name: 'a/version', data: '3\n' },
  ])

async function levels(pickle: string): Promise<string[]> {
  const { findings } = await readBytes(file(pickle), 'a.pt')
  return findings.filter(({ rule }) => rule === 'security/pickle-globals').map(({ level }) => level)
}

const importsOf = async (pickle: string) =>
  ((await readBytes(file(pickle), 'a.pt')).pickle?.imports ?? []).map(({ name }) => name)

test('pickles behind the storages of a file of torch before 1.6 are judged', async () => {
  const two = Buffer.concat([
    fixtureBytes('torch/legacy.pth'),
    Buffer.from('\x80\x02}.', 'latin1'),
    Buffer.from('cposix\nsystem\n(X\x01\0\0\0xtR.', 'latin1'),
  ])
  const { findings } = await readBytes(two, 'legacy.pth')
  expect(findings.map(({ rule, level }) => `${rule} ${level}`)).toEqual([
    'security/pickle-globals error',
    'torch/trailing-bytes warning',
  ])
})

describe("Python's own library is an error, known for harm or not", () => {
  test.each([
    ['os', 'system'],
    ['posix', 'system'],
    ['_aix_support', '_read_cmd_output'],
    ['_osx_support', '_find_build_tool'],
    ['_pyrepl.pager', 'pipe_pager'],
    ['logging', 'FileHandler'],
    ['test.support.script_helper', 'assert_python_ok'],
    ['idlelib.pyshell', 'ModifiedInterpreter.runcode'],
    ['lib2to3.pgen2.grammar', 'Grammar.loads'],
    ['imaplib', 'IMAP4_stream'],
    ['uuid', '_get_command_stdout'],
    ['pathlib', 'Path.write_text'],
    ['collections', 'namedtuple'],
    ['functools', 'reduce'],
    ['operator', 'methodcaller'],
    ['__builtin__', 'eval'],
    ['builtins', 'getattr.__call__'],
    ['commands', 'getoutput'],
    ['pip._internal', 'main'],
    ['torch', 'serialization.os.system'],
    ['torch.serialization.os', 'system'],
    ['some.package', 'Class.__init__.__globals__'],
    ['some.package', 'system'],
  ])('%s.%s', async (module, name) => {
    expect(await levels(named(module, name))).toEqual(['error'])
  })
})

describe('what only makes values is none', () => {
  test.each([
    ['argparse', 'Namespace'],
    ['datetime', 'timedelta'],
    ['pathlib', 'PosixPath'],
    ['pathlib._local', 'PosixPath'],
    ['decimal', 'Decimal'],
    ['uuid', 'UUID'],
    ['_io', 'BytesIO'],
    ['__builtin__', 'xrange'],
    ['copy_reg', '_reconstructor'],
    ['functools', 'partial'],
    ['_operator', 'getitem'],
    ['my_project.test', 'Net'],
  ])('%s.%s', async (module, name) => {
    expect(await levels(named(module, name))).toEqual(['warning'])
  })
})

describe('what is judged is what is fetched', () => {
  const fetched = (object: string, name: string) =>
    `${named('__builtin__', 'getattr')}${object}${text(name)}\x86R`

  test('a function of a table of torch', async () => {
    const pickle = fetched(named('torch._C', '_VariableFunctionsClass'), 'add')
    expect(await levels(pickle)).toEqual(['warning'])
    expect(await importsOf(pickle)).toContain('torch._C._VariableFunctionsClass.add')
  })

  test('a function through the module of another', async () => {
    const os = fetched(named('torch', 'serialization'), 'os')
    expect(await importsOf(fetched(os, 'system'))).toContain('torch.serialization.os.system')
    expect(await levels(fetched(os, 'system'))).toEqual(['error', 'error', 'warning'])
  })

  test('a method of an object, which is named by its class', async () => {
    const object = `${named('some.package', 'Net')})R`
    expect(await levels(fetched(object, 'hook'))).toEqual(['warning'])
    expect(await importsOf(fetched(object, 'hook'))).toContain('some.package.Net.hook')
    expect(await levels(fetched(object, '__class__'))).toEqual(['error', 'warning'])
  })

  test('a call of what a call gave', async () => {
    const partial = `${named('functools', 'partial')}${named('some.package', 'f')}\x85R`
    expect(await levels(partial)).toEqual(['warning'])
    expect(await levels(`${partial})R`)).toEqual(['error', 'warning'])
  })

  test('a pickle in the arguments of a call whose result is thrown away', async () => {
    const inner = `${named('posix', 'system')}${text('true')}\x85R.`
    expect(
      await importsOf(
        `${named('some.package', 'f')}T${String.fromCharCode(inner.length)}\0\0\0${inner}\x85R0N`,
      ),
    ).toContain('posix.system')
  })
})

test('says what add_safe_globals needs, all of it', async () => {
  const names = [...'abcdefgh'].map((letter) => named(`pkg.${letter}`, letter.toUpperCase())).join('')
  const { findings } = await readBytes(file(`(${names}${named('__builtin__', 'getattr')}t`), 'a.pt')
  expect(findings.find(({ rule }) => rule === 'security/pickle-globals')?.fix).toContain(
    'import pkg.a, pkg.b, pkg.c, pkg.d, pkg.e, pkg.f, pkg.g, pkg.h; torch.serialization.add_safe_globals([' +
      'pkg.a.A, pkg.b.B, pkg.c.C, pkg.d.D, pkg.e.E, pkg.f.F, pkg.g.G, pkg.h.H, getattr])',
  )
})

// Functions of torch 2.15 that compile text, open files or libraries, or unpickle: by their sources, or run.
describe('a function of torch that torch writes in no pickle is an error', () => {
  test.each([
    ['torch', 'save'],
    ['torch', 'from_file'],
    ['torch', 'ops.load_library'],
    ['torch', 'PyTorchFileWriter'],
    ['torch', 'UntypedStorage.from_file'],
    ['torch.fx.graph_module', '_forward_from_src'],
    ['torch.fx.graph_module', '_exec_with_source'],
    ['torch.fx.operator_schemas', '_torchscript_type_to_python_type'],
    ['torch._functorch.compilers', 'get_inputs'],
    ['torch._utils', 'try_import'],
    ['torch._library.infer_schema', 'infer_schema'],
    ['torch.distributed.distributed_c10d', '_tensor_to_object'],
    ['torch.distributed', 'TCPStore'],
    ['torch.cuda', 'CUDAPluggableAllocator'],
    ['torch.cuda.memory', 'CUDAPluggableAllocator'],
    ['torch.export', 'load'],
    ['torch.nn.utils._deprecation_utils', 'lazy_deprecated_import'],
    ['torch.utils.benchmark.utils.cpp_jit', 'compile_timeit_template'],
    ['torch.utils.tensorboard.writer', 'SummaryWriter'],
  ])('%s.%s', async (module, name) => expect(await levels(named(module, name))).toEqual(['error']))

  test.each([
    ['torch', 'zeros_like'],
    ['torch', 'relu'],
    ['torch', 'Generator'],
    ['torch.nn.functional', 'gelu'],
    ['torch._C._nn', 'gelu'],
    ['torch.nn.init', 'xavier_uniform_'],
    ['torch.nn.modules.linear', 'Linear'],
    ['torch.cuda.amp.grad_scaler', '_refresh_per_optimizer_state'],
    ['torch.fx.graph_module', 'reduce_graph_module'],
    ['torch.fx.immutable_collections', 'immutable_list'],
    ['torch.nested._internal.nested_tensor', '_rebuild_njt'],
    ['torch.utils.data._utils.collate', 'default_collate'],
    ['torch.distributed.checkpoint.metadata', 'TensorStorageMetadata'],
  ])('and %s.%s no more than a warning', async (module, name) =>
    expect(await levels(named(module, name))).toEqual(['warning']),
  )
})
