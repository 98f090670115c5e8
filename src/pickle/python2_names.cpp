// Tables sorted for binary search, transcribed from Lib/_compat_pickle.py of CPython 3.11.

#include "ckpt/pickle/python2_names.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace ckpt::pickle {

namespace {

struct NameRow {
  Global python3;
  Global python2;
};

struct ModuleRow {
  std::string_view python3;
  std::string_view python2;
};

constexpr bool is_before(const Global& a, const Global& b) {
  return a.module != b.module ? a.module < b.module : a.name < b.name;
}

// Sorted by the Python 3 name. Without built-in exceptions, which kept their names.
constexpr std::array name_rows = std::to_array<NameRow>({
    {{"_functools", "reduce"}, {"__builtin__", "reduce"}},
    {{"_socket", "socket"}, {"socket", "_socketobject"}},
    {{"builtins", "BrokenPipeError"}, {"exceptions", "OSError"}},
    {{"builtins", "ChildProcessError"}, {"exceptions", "OSError"}},
    {{"builtins", "ConnectionAbortedError"}, {"exceptions", "OSError"}},
    {{"builtins", "ConnectionError"}, {"exceptions", "OSError"}},
    {{"builtins", "ConnectionRefusedError"}, {"exceptions", "OSError"}},
    {{"builtins", "ConnectionResetError"}, {"exceptions", "OSError"}},
    {{"builtins", "FileExistsError"}, {"exceptions", "OSError"}},
    {{"builtins", "FileNotFoundError"}, {"exceptions", "OSError"}},
    {{"builtins", "InterruptedError"}, {"exceptions", "OSError"}},
    {{"builtins", "IsADirectoryError"}, {"exceptions", "OSError"}},
    {{"builtins", "ModuleNotFoundError"}, {"exceptions", "ImportError"}},
    {{"builtins", "NotADirectoryError"}, {"exceptions", "OSError"}},
    {{"builtins", "PermissionError"}, {"exceptions", "OSError"}},
    {{"builtins", "ProcessLookupError"}, {"exceptions", "OSError"}},
    {{"builtins", "TimeoutError"}, {"exceptions", "OSError"}},
    {{"builtins", "chr"}, {"__builtin__", "unichr"}},
    {{"builtins", "filter"}, {"itertools", "ifilter"}},
    {{"builtins", "int"}, {"__builtin__", "long"}},
    {{"builtins", "map"}, {"itertools", "imap"}},
    {{"builtins", "range"}, {"__builtin__", "xrange"}},
    {{"builtins", "str"}, {"__builtin__", "unicode"}},
    {{"builtins", "zip"}, {"itertools", "izip"}},
    {{"collections", "UserDict"}, {"UserDict", "IterableUserDict"}},
    {{"collections", "UserList"}, {"UserList", "UserList"}},
    {{"collections", "UserString"}, {"UserString", "UserString"}},
    {{"dbm", "whichdb"}, {"whichdb", "whichdb"}},
    {{"functools", "reduce"}, {"__builtin__", "reduce"}},
    {{"http.server", "CGIHTTPRequestHandler"}, {"CGIHTTPServer", "CGIHTTPRequestHandler"}},
    {{"http.server", "SimpleHTTPRequestHandler"}, {"SimpleHTTPServer", "SimpleHTTPRequestHandler"}},
    {{"itertools", "filterfalse"}, {"itertools", "ifilterfalse"}},
    {{"itertools", "zip_longest"}, {"itertools", "izip_longest"}},
    {{"multiprocessing.connection", "Connection"}, {"_multiprocessing", "Connection"}},
    {{"multiprocessing.context", "AuthenticationError"},
     {"multiprocessing", "AuthenticationError"}},
    {{"multiprocessing.context", "BufferTooShort"}, {"multiprocessing", "BufferTooShort"}},
    {{"multiprocessing.context", "Process"}, {"multiprocessing.process", "Process"}},
    {{"multiprocessing.context", "ProcessError"}, {"multiprocessing", "ProcessError"}},
    {{"multiprocessing.context", "TimeoutError"}, {"multiprocessing", "TimeoutError"}},
    {{"multiprocessing.popen_fork", "Popen"}, {"multiprocessing.forking", "Popen"}},
    {{"socket", "fromfd"}, {"_socket", "fromfd"}},
    {{"sys", "intern"}, {"__builtin__", "intern"}},
    {{"tkinter.filedialog", "FileDialog"}, {"FileDialog", "FileDialog"}},
    {{"tkinter.filedialog", "LoadFileDialog"}, {"FileDialog", "LoadFileDialog"}},
    {{"tkinter.filedialog", "SaveFileDialog"}, {"FileDialog", "SaveFileDialog"}},
    {{"tkinter.simpledialog", "SimpleDialog"}, {"SimpleDialog", "SimpleDialog"}},
    {{"urllib.error", "ContentTooShortError"}, {"urllib", "ContentTooShortError"}},
    {{"urllib.error", "HTTPError"}, {"urllib2", "HTTPError"}},
    {{"urllib.error", "URLError"}, {"urllib2", "URLError"}},
    {{"urllib.parse", "quote"}, {"urllib", "quote"}},
    {{"urllib.parse", "quote_plus"}, {"urllib", "quote_plus"}},
    {{"urllib.parse", "unquote"}, {"urllib", "unquote"}},
    {{"urllib.parse", "unquote_plus"}, {"urllib", "unquote_plus"}},
    {{"urllib.parse", "urlencode"}, {"urllib", "urlencode"}},
    {{"urllib.request", "getproxies"}, {"urllib", "getproxies"}},
    {{"urllib.request", "pathname2url"}, {"urllib", "pathname2url"}},
    {{"urllib.request", "url2pathname"}, {"urllib", "url2pathname"}},
    {{"urllib.request", "urlcleanup"}, {"urllib", "urlcleanup"}},
    {{"urllib.request", "urlopen"}, {"urllib", "urlopen"}},
    {{"urllib.request", "urlretrieve"}, {"urllib", "urlretrieve"}},
    {{"xmlrpc.server", "DocCGIXMLRPCRequestHandler"},
     {"DocXMLRPCServer", "DocCGIXMLRPCRequestHandler"}},
    {{"xmlrpc.server", "DocXMLRPCRequestHandler"}, {"DocXMLRPCServer", "DocXMLRPCRequestHandler"}},
    {{"xmlrpc.server", "DocXMLRPCServer"}, {"DocXMLRPCServer", "DocXMLRPCServer"}},
    {{"xmlrpc.server", "ServerHTMLDoc"}, {"DocXMLRPCServer", "ServerHTMLDoc"}},
    {{"xmlrpc.server", "XMLRPCDocGenerator"}, {"DocXMLRPCServer", "XMLRPCDocGenerator"}},
});

// In module builtins of Python 3 and module exceptions of Python 2. Sorted.
constexpr std::array exception_names = std::to_array<std::string_view>({
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BaseException",
    "BufferError",
    "BytesWarning",
    "DeprecationWarning",
    "EOFError",
    "EnvironmentError",
    "Exception",
    "FloatingPointError",
    "FutureWarning",
    "GeneratorExit",
    "IOError",
    "ImportError",
    "ImportWarning",
    "IndentationError",
    "IndexError",
    "KeyError",
    "KeyboardInterrupt",
    "LookupError",
    "MemoryError",
    "NameError",
    "NotImplementedError",
    "OSError",
    "OverflowError",
    "PendingDeprecationWarning",
    "ReferenceError",
    "RuntimeError",
    "RuntimeWarning",
    "StopIteration",
    "SyntaxError",
    "SyntaxWarning",
    "SystemError",
    "SystemExit",
    "TabError",
    "TypeError",
    "UnboundLocalError",
    "UnicodeDecodeError",
    "UnicodeEncodeError",
    "UnicodeError",
    "UnicodeTranslateError",
    "UnicodeWarning",
    "UserWarning",
    "ValueError",
    "Warning",
    "ZeroDivisionError",
});

// Sorted by the Python 3 name. Without dbm, which is anydbm or dbm in Python 2.
constexpr std::array module_rows = std::to_array<ModuleRow>({
    {"_bz2", "bz2"},
    {"_dbm", "dbm"},
    {"_dummy_thread", "dummy_thread"},
    {"_functools", "functools"},
    {"_gdbm", "gdbm"},
    {"_markupbase", "markupbase"},
    {"_pickle", "pickle"},
    {"_thread", "thread"},
    {"builtins", "__builtin__"},
    {"collections.abc", "_abcoll"},
    {"configparser", "ConfigParser"},
    {"copyreg", "copy_reg"},
    {"dbm.bsd", "dbhash"},
    {"dbm.dumb", "dumbdbm"},
    {"dbm.gnu", "gdbm"},
    {"dbm.ndbm", "dbm"},
    {"html.entities", "htmlentitydefs"},
    {"html.parser", "HTMLParser"},
    {"http.client", "httplib"},
    {"http.cookiejar", "cookielib"},
    {"http.cookies", "Cookie"},
    {"http.server", "BaseHTTPServer"},
    {"queue", "Queue"},
    {"reprlib", "repr"},
    {"socketserver", "SocketServer"},
    {"subprocess", "commands"},
    {"test.support", "test.test_support"},
    {"tkinter", "Tkinter"},
    {"tkinter.colorchooser", "tkColorChooser"},
    {"tkinter.commondialog", "tkCommonDialog"},
    {"tkinter.constants", "Tkconstants"},
    {"tkinter.dialog", "Dialog"},
    {"tkinter.dnd", "Tkdnd"},
    {"tkinter.filedialog", "tkFileDialog"},
    {"tkinter.font", "tkFont"},
    {"tkinter.messagebox", "tkMessageBox"},
    {"tkinter.scrolledtext", "ScrolledText"},
    {"tkinter.simpledialog", "tkSimpleDialog"},
    {"tkinter.tix", "Tix"},
    {"tkinter.ttk", "ttk"},
    {"urllib.parse", "urlparse"},
    {"urllib.request", "urllib2"},
    {"urllib.robotparser", "robotparser"},
    {"winreg", "_winreg"},
    {"xmlrpc.client", "xmlrpclib"},
    {"xmlrpc.server", "SimpleXMLRPCServer"},
});

// Names that Python 3 reads, but writes differently or not at all. Looked up first.
constexpr std::array read_name_rows = std::to_array<NameRow>({
    {{"collections", "UserDict"}, {"UserDict", "UserDict"}},
    {{"builtins", "str"}, {"__builtin__", "basestring"}},
    {{"functools", "reduce"}, {"__builtin__", "reduce"}},
    {{"builtins", "Exception"}, {"exceptions", "StandardError"}},
    {{"socket", "SocketType"}, {"socket", "_socketobject"}},
});

constexpr std::array read_module_rows = std::to_array<ModuleRow>({
    {"http.server", "CGIHTTPServer"},
    {"xmlrpc.server", "DocXMLRPCServer"},
    {"tkinter.filedialog", "FileDialog"},
    {"tkinter.simpledialog", "SimpleDialog"},
    {"http.server", "SimpleHTTPServer"},
    {"io", "StringIO"},
    {"collections", "UserDict"},
    {"collections", "UserList"},
    {"collections", "UserString"},
    {"xml.etree.ElementTree", "_elementtree"},
    {"pickle", "cPickle"},
    {"io", "cStringIO"},
    {"dbm.ndbm", "dbm"},
    {"dbm.gnu", "gdbm"},
    {"dbm", "whichdb"},
    // Python 3 has modules of these names too.
    {"bz2", "bz2"},
    {"functools", "functools"},
    {"pickle", "pickle"},
});

static_assert(std::ranges::is_sorted(name_rows, is_before, &NameRow::python3));
static_assert(std::ranges::is_sorted(exception_names));
static_assert(std::ranges::is_sorted(module_rows, {}, &ModuleRow::python3));

}  // namespace

Global to_python2(const Global& global) {
  const auto name_row = std::ranges::lower_bound(name_rows, global, is_before, &NameRow::python3);
  if (name_row != name_rows.end() && name_row->python3 == global) return name_row->python2;
  if (global.module == "builtins" && std::ranges::binary_search(exception_names, global.name))
    return {"exceptions", global.name};
  const auto module_row =
      std::ranges::lower_bound(module_rows, global.module, {}, &ModuleRow::python3);
  if (module_row != module_rows.end() && module_row->python3 == global.module)
    return {module_row->python2, global.name};
  return global;
}

Global to_python3(const Global& global) {
  if (global.module == "exceptions" && std::ranges::binary_search(exception_names, global.name))
    return {"builtins", global.name};
  for (const std::span<const NameRow> rows :
       {std::span<const NameRow>(read_name_rows), std::span<const NameRow>(name_rows)})
    if (const auto row = std::ranges::find(rows, global, &NameRow::python2); row != rows.end())
      return row->python3;
  for (const std::span<const ModuleRow> rows :
       {std::span<const ModuleRow>(read_module_rows), std::span<const ModuleRow>(module_rows)})
    if (const auto row = std::ranges::find(rows, global.module, &ModuleRow::python2);
        row != rows.end())
      return {row->python3, global.name};
  return global;
}

}  // namespace ckpt::pickle
