// Every module at the top of Python's own library, from 2.7 and 3.3 to 3.14: sys.stdlib_module_names of 3.11, and the
// module indexes of the documentation of each version as the package stdlib-list 0.12 has them (MIT), with private
// modules and tests; pip, setuptools and pkg_resources, which installers put beside it.
const names = `
  __builtin__ __future__ __hello__ __phello__ _abc _abcoll _aix_support _android_support _apple_support _ast
  _ast_unparse _asyncio _bisect _blake2 _bootlocale _bootsubprocess _bsddb _bz2 _codecs _codecs_cn _codecs_hk
  _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw _collections _collections_abc _colorize _compat_pickle
  _compression _contextvars _crypt _csv _ctypes _ctypes_test _curses _curses_panel _datetime _dbm _decimal
  _distutils_hack _dummy_thread _elementtree _frozen_importlib _frozen_importlib_external _functools _gdbm
  _hashlib _heapq _hmac _hotshot _imp _interpchannels _interpqueues _interpreters _io _ios_support _json _locale
  _lsprof _LWPCookieJar _lzma _markupbase _md5 _MozillaCookieJar _msi _multibytecodec _multiprocessing _opcode
  _opcode_metadata _operator _osx_support _overlapped _peg_parser _pickle _posixshmem _posixsubprocess _py_abc
  _py_warnings _pydatetime _pydecimal _pyio _pylong _pyrepl _queue _random _remote_debugging _scproxy _sha _sha1
  _sha2 _sha256 _sha3 _sha512 _signal _sitebuiltins _socket _sqlite3 _sre _ssl _stat _statistics _string _strptime
  _struct _suggestions _symtable _sysconfig _sysconfigdata _sysconfigdata_x86_64_conda_cos6_linux_gnu
  _sysconfigdata_x86_64_conda_linux_gnu _testbuffer _testcapi _testexternalinspection _testimportmultiple
  _testinternalcapi _testlimitedcapi _testmultiphase _testsinglephase _thread _threading_local _tkinter _tokenize
  _tracemalloc _types _typing _uuid _warnings _weakref _weakrefset _winapi _winreg _wmi _xxinterpchannels
  _xxsubinterpreters _xxtestfuzz _zoneinfo _zstd abc aepack aetools aetypes aifc AL al annotationlib antigravity
  anydbm applesingle argparse array ast asynchat asyncio asyncore atexit audiodev audioop autoGIL base64
  BaseHTTPServer Bastion bdb binascii binhex bisect bsddb buildtools builtins bz2 calendar Canvas Carbon cd
  cfmfile cgi CGIHTTPServer cgitb chunk cmath cmd code codecs codeop collections ColorPicker colorsys commands
  compileall compiler compression concurrent ConfigParser configparser contextlib contextvars Cookie cookielib
  copy copy_reg copyreg cPickle cProfile crypt cStringIO csv ctypes curses dataclasses datetime dbhash dbm decimal
  DEVICE Dialog difflib dircache dis distutils dl doctest DocXMLRPCServer dumbdbm dummy_thread dummy_threading
  EasyDialogs email encodings ensurepip enum errno exceptions faulthandler fcntl filecmp FileDialog fileinput
  findertools FixTk FL fl flp fm fnmatch formatter fpectl fpformat fractions FrameWork ftplib functools
  future_builtins gc gdbm genericpath gensuitemodule getopt getpass gettext GL gl glob graphlib grp gzip hashlib
  heapq hmac hotshot html htmlentitydefs htmllib HTMLParser http httplib ic icopen idlelib ihooks imageop imaplib
  imgfile imghdr imp importlib imputil inspect io ipaddress itertools jpeg json keyword lib lib2to3 linecache
  linuxaudiodev locale logging lzma macerrors MacOS macostools macpath macresource macurl2path mailbox mailcap
  markupbase marshal math md5 mhlib mimetools mimetypes MimeWriter mimify MiniAEFrame mmap modulefinder msilib
  msvcrt multifile multiprocessing mutex Nav netrc new nis nntplib nt ntpath nturl2path numbers opcode operator
  optparse os os2emxpath ossaudiodev parser pathlib pdb pickle pickletools pip pipes PixMapWrapper pkg_resources
  pkgutil platform plistlib popen2 poplib posix posixfile posixpath pprint profile pstats pty pwd py_compile
  pyclbr pydoc pydoc_data pyexpat Queue queue quopri random re readline repr reprlib resource rexec rfc822
  rlcompleter robotparser runpy sched ScrolledText secrets select selectors sets setuptools sgmllib sha shelve
  shlex shutil signal SimpleDialog SimpleHTTPServer SimpleXMLRPCServer site smtpd smtplib sndhdr socket
  socketserver SocketServer spwd sqlite3 sre sre_compile sre_constants sre_parse ssl stat statistics statvfs
  string StringIO stringold stringprep strop struct subprocess sunau sunaudio SUNAUDIODEV sunaudiodev symbol
  symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios test textwrap this thread threading
  time timeit Tix tkColorChooser tkCommonDialog Tkconstants Tkdnd tkFileDialog tkFont Tkinter tkinter tkMessageBox
  tkSimpleDialog toaiff token tokenize tomllib trace traceback tracemalloc ttk tty turtle turtledemo types typing
  unicodedata unittest urllib urllib2 urlparse user UserDict UserList UserString uu uuid venv videoreader W
  warnings wave weakref webbrowser whichdb winreg winsound wsgiref xdrlib xml xmllib xmlrpc xmlrpclib xxlimited
  xxlimited_35 xxsubtype zipapp zipfile zipimport zlib zoneinfo`

/** Names of top-level modules. */
export const standardLibrary: ReadonlySet<string> = new Set(names.trim().split(/\s+/))
