// What of Python's own library a pickle may name without a word. The rest of it is an error, known for harm or not:
// a list of known evils never ends. What is here makes values of its arguments and does nothing else; calling it
// reads no file and no network, imports nothing, and calls no function that it is given.

const groups: readonly (readonly [module: string, names: string])[] = [
  // Values and containers. `type` makes classes of classes and functions, which have to be named themselves;
  // iterators only walk over what is in the pickle.
  [
    'builtins',
    `bool int float complex str bytes bytearray list tuple dict set frozenset object slice range type property
     staticmethod classmethod Ellipsis NotImplemented iter reversed enumerate zip`,
  ],
  // Their classes hold a message: what Python writes of an exception is its class and its arguments.
  [
    'builtins',
    `BaseException Exception ArithmeticError AssertionError AttributeError BufferError EOFError FileNotFoundError
     FloatingPointError ImportError IndexError KeyError KeyboardInterrupt LookupError MemoryError NameError
     NotImplementedError OSError IOError OverflowError PermissionError RecursionError RuntimeError StopIteration
     SyntaxError SystemError TimeoutError TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError
     UnicodeError ValueError ZeroDivisionError Warning DeprecationWarning FutureWarning RuntimeWarning UserWarning`,
  ],
  ['collections', 'OrderedDict Counter defaultdict deque ChainMap UserDict UserList UserString'],
  ['_collections', 'OrderedDict defaultdict deque'],
  // Objects of classes that have to be named themselves: `cls.__new__(cls, …)`, as pickle itself does.
  ['copyreg', '_reconstructor __newobj__ __newobj_ex__'],
  // Text to bytes; a codec of Python reaches nothing.
  ['_codecs', 'encode'],
  ['datetime', 'date datetime time timedelta timezone tzinfo UTC'],
  ['_datetime', 'date datetime time timedelta timezone'],
  // Looks up a time zone by name in the system's list, and takes no path.
  ['zoneinfo', 'ZoneInfo ZoneInfo._unpickle'],
  ['decimal', 'Decimal Context'],
  ['_decimal', 'Decimal Context'],
  ['_pydecimal', 'Decimal Context'],
  ['fractions', 'Fraction'],
  ['uuid', 'UUID SafeUUID'],
  ['ipaddress', 'IPv4Address IPv6Address IPv4Network IPv6Network IPv4Interface IPv6Interface'],
  // A path is a text with methods: making one opens nothing.
  ...['pathlib', 'pathlib._local', 'pathlib._legacy'].map(
    (module) =>
      [
        module,
        'Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath _PosixFlavour _WindowsFlavour',
      ] as const,
  ),
  ['argparse', 'Namespace'],
  ['types', 'SimpleNamespace MappingProxyType GenericAlias NoneType EllipsisType NotImplementedType'],
  ['enum', 'Enum IntEnum StrEnum Flag IntFlag auto'],
  ['array', 'array _array_reconstructor'],
  ['random', 'Random'],
  ['time', 'struct_time'],
  // Compiles a pattern, which is matched by who loads it and not before.
  ['re', '_compile compile RegexFlag Pattern'],
  // Buffers in memory.
  ['io', 'BytesIO StringIO'],
  ['_io', 'BytesIO StringIO'],
  // Gives the logger of a name: what Python writes of one. Handlers, which write files, are others.
  ['logging', 'getLogger Logger'],
  // Keeps a function, which has to be named itself. Calling what a call gave is an error of its own.
  ['functools', 'partial'],
  ...['operator', '_operator'].map(
    (module) =>
      [
        module,
        `abs add and_ eq floordiv ge getitem gt iadd imul invert is_ is_not isub itruediv le lshift lt matmul mod mul
         ne neg not_ or_ pos pow rshift sub truediv truth xor`,
      ] as const,
  ),
  // Annotations of dataclasses and configurations: names of types, evaluated by nobody here.
  [
    'typing',
    `Any AnyStr Callable ClassVar Dict FrozenSet Generic Iterable Iterator List Literal Mapping MutableMapping
     MutableSequence NoReturn Optional Sequence Set Tuple Type TypeVar Union`,
  ],
]

/** `module.name`, by the names of Python 3. */
export const harmless: ReadonlySet<string> = new Set(
  groups.flatMap(([module, names]) => names.split(/\s+/).map((name) => `${module}.${name}`)),
)
