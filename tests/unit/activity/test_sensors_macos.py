"""macOS's sensors: the rules, and the calls against a library in C that counts CoreFoundation's objects."""

import ctypes
import math
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lightwork.activity.readings import Program
from lightwork.activity.sensor import NotAvailableError, Pace
from lightwork.activity.sensors.macos import (
    Box,
    Window,
    covering,
    macos_sensors,
    read_full_screen,
    read_idle_seconds,
    read_metered,
)

SCREEN = Box(0, 0, 1710, 1107)
SECOND = Box(1710, -200, 2560, 1440)
# Of a MacBook with a camera in its screen: the same for a window made as large as possible and a full-screen one.
BELOW_CAMERA = Box(0, 34, 1710, 1073)

STUB = r"""
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
typedef struct Object Object;
typedef struct { double x, y, width, height; } Rect;
struct Object { char kind; int count; Object *items[64]; Object *keys[64]; int64_t number;
                char text[2048]; Rect rect; };
static int living;
static int space, displays, error;
static double idle;
static Rect bounds[32];
static struct { char owner[2048]; int64_t pid, layer; Rect rect; int odd; } windows[32];
static int window_count;

static Object *make(char kind) { Object *o = calloc(1, sizeof *o); o->kind = kind; living++; return o; }
static Object *text(const char *t) { Object *o = make('s'); strcpy(o->text, t); return o; }
static Object *number(int64_t n) { Object *o = make('n'); o->number = n; return o; }
static void put(Object *d, const char *key, Object *value) {
  d->keys[d->count] = text(key); d->items[d->count++] = value; }

void CFRelease(Object *o) {
  if (!o) abort();
  for (int i = 0; i < o->count; i++) { CFRelease(o->items[i]); if (o->keys[i]) CFRelease(o->keys[i]); }
  o->kind = 0; living--; free(o); }
long CFArrayGetCount(Object *o) { if (o->kind != 'a') abort(); return o->count; }
Object *CFArrayGetValueAtIndex(Object *o, long i) { if (o->kind != 'a' || i >= o->count) abort(); return o->items[i]; }
Object *CFDictionaryGetValue(Object *d, Object *key) {
  if (d->kind != 'd' || key->kind != 's') abort();
  for (int i = 0; i < d->count; i++) if (!strcmp(d->keys[i]->text, key->text)) return d->items[i];
  return 0; }
_Bool CFNumberGetValue(Object *o, long type, void *to) {
  if (o->kind != 'n' || type != 4) abort(); memcpy(to, &o->number, 8); return 1; }
Object *CFStringCreateWithCString(void *allocator, const char *t, uint32_t encoding) {
  if (allocator || encoding != 0x08000100) abort(); return text(t); }
_Bool CFStringGetCString(Object *o, char *to, long size, uint32_t encoding) {
  if (o->kind != 's' || encoding != 0x08000100) abort();
  if ((long)strlen(o->text) >= size) return 0;
  strcpy(to, o->text); return 1; }

double CGEventSourceSecondsSinceLastEventType(int32_t state, uint32_t type) {
  return state == 1 && type == 0xFFFFFFFFu ? idle : -99; }
int32_t CGGetActiveDisplayList(uint32_t most, uint32_t *ids, uint32_t *count) {
  if (error) return error;
  if (most < (uint32_t)displays) abort();
  for (int i = 0; i < displays; i++) ids[i] = 100 + i;
  *count = displays; return 0; }
Rect CGDisplayBounds(uint32_t id) { return bounds[id - 100]; }
_Bool CGRectMakeWithDictionaryRepresentation(Object *o, Rect *to) {
  if (o->kind != 'r') return 0; *to = o->rect; return 1; }
Object *CGWindowListCopyWindowInfo(uint32_t option, uint32_t relative) {
  if (option != 1 || relative) abort();
  if (window_count < 0) return 0;
  Object *list = make('a');
  for (int i = 0; i < window_count; i++) {
    Object *d = make('d'), *rect = make(windows[i].odd ? 'x' : 'r');
    rect->rect = windows[i].rect;
    put(d, "kCGWindowNumber", number(i));
    put(d, "kCGWindowBounds", rect);
    if (windows[i].layer >= 0) put(d, "kCGWindowLayer", number(windows[i].layer));
    put(d, "kCGWindowOwnerPID", number(windows[i].pid));
    if (windows[i].owner[0]) put(d, "kCGWindowOwnerName", text(windows[i].owner));
    list->items[list->count++] = d;
  }
  return list; }
SPACES

int stub_living(void) { return living; }
void stub_idle(double seconds) { idle = seconds; }
void stub_display(Rect rect) { bounds[displays++] = rect; }
void stub_error(int code) { error = code; }
void stub_space(int type) { space = type; }
void stub_no_window_server(void) { window_count = -1; }
void stub_window(const char *owner, int64_t pid, int64_t layer, Rect rect, int odd) {
  strcpy(windows[window_count].owner, owner);
  windows[window_count].pid = pid; windows[window_count].layer = layer;
  windows[window_count].rect = rect; windows[window_count++].odd = odd; }
"""
SPACES = r"""
int32_t CGSMainConnectionID(void) { return 77; }
Object *CGSCopyManagedDisplaySpaces(int32_t connection) {
  if (connection != 77) abort();
  Object *list = make('a'), *display = make('d'), *current = make('d'), *empty = make('d');
  put(current, "type", number(space));
  put(display, "Current Space", current);
  put(empty, "Display Identifier", text("none"));
  list->items[list->count++] = empty;
  list->items[list->count++] = display;
  return list; }
"""


class Rect(ctypes.Structure):
    _fields_ = (("x", ctypes.c_double), ("y", ctypes.c_double), ("width", ctypes.c_double), ("height", ctypes.c_double))


class Mac:
    """A freshly loaded stand-in for ApplicationServices and CoreFoundation."""

    def __init__(self, folder: Path, *, spaces: bool = True) -> None:
        compiler = shutil.which("cc")
        if compiler is None or sys.platform == "win32":
            pytest.skip("needs a C compiler")
        source, path = folder / "mac.c", folder / "libmac.so"
        source.write_text(STUB.replace("SPACES", SPACES if spaces else ""))
        subprocess.run([compiler, "-shared", "-fPIC", "-Wall", "-o", path, source], check=True)
        self.library: Any = ctypes.CDLL(str(path))
        self.library.stub_window.argtypes = [ctypes.c_char_p, ctypes.c_int64, ctypes.c_int64, Rect, ctypes.c_int]
        self.library.stub_display.argtypes = [Rect]
        self.library.stub_idle.argtypes = [ctypes.c_double]

    def display(self, box: Box) -> None:
        self.library.stub_display(Rect(box.x, box.y, box.width, box.height))

    def window(self, owner: str, pid: int, box: Box, layer: int = 0, *, odd: bool = False) -> None:
        self.library.stub_window(owner.encode(), pid, layer, Rect(box.x, box.y, box.width, box.height), odd)

    def covering(self) -> list[tuple[str, int | None]]:
        programs = read_full_screen(self.library, self.library)
        assert self.library.stub_living() == 0, "not everything was released"
        return [(program.name, program.process) for program in programs]


@pytest.fixture
def mac(tmp_path: Path) -> Mac:
    return Mac(tmp_path)


def window(owner: str, box: Box, process: int = 7, layer: int = 0) -> Window:
    return Window(owner, process, layer, box)


@pytest.mark.parametrize(
    ("windows", "space", "expected"),
    [
        ([window("Hades", SCREEN)], False, ["Hades"]),
        ([window("Hades", SECOND)], False, ["Hades"]),
        ([window("Hades", Box(0, 0, 1710, 1106))], False, []),
        ([window("Chrome", BELOW_CAMERA)], False, []),
        ([window("Chrome", BELOW_CAMERA)], True, ["Chrome"]),
        ([window("Chrome", Box(0, 80, 1710, 1027))], True, []),
        ([window("Chrome", Box(200, 0, 1000, 1107))], True, []),
        ([window("Overlay", SCREEN, layer=25)], False, []),
        ([window("Dock", SCREEN), window("Finder", SCREEN)], True, []),
        ([window("One", SCREEN, 1), window("Two", SECOND, 2), window("One", SCREEN, 1)], False, ["One", "Two"]),
        ([window("Evil\n\u202eName", SCREEN)], False, ["Evil Name"]),
        ([], True, []),
    ],
)
def test_which_windows_cover_a_screen(windows: list[Window], space: bool, expected: list[str]) -> None:
    found = covering(windows, [SCREEN, SECOND], full_screen_space=space)
    assert [program.name for program in found] == expected


def test_without_screens_nothing_is_covered() -> None:
    assert covering([window("Hades", SCREEN)], [], full_screen_space=True) == ()


def test_windows_are_read_and_everything_is_released(mac: Mac) -> None:
    mac.display(SCREEN)
    mac.window("Window Server", 1, Box(0, 0, 1710, 34), layer=24)
    mac.window("Hades™", 502, SCREEN)
    mac.window("Finder", 400, SCREEN, layer=0)
    mac.window("Safari", 410, Box(10, 60, 800, 600))
    assert mac.covering() == [("Hades™", 502)]


def test_windows_that_tell_less(mac: Mac) -> None:
    mac.display(SCREEN)
    mac.window("No bounds", 1, SCREEN, odd=True)
    mac.window("No layer", 2, SCREEN, layer=-1)
    mac.window("", 3, SCREEN)
    mac.window("x" * 2000, 4, SCREEN)
    assert mac.covering() == [("a program without a name", 3), ("a program without a name", 4)]


@pytest.mark.parametrize(("space", "expected"), [(0, []), (4, [("Chrome", 9)])])
def test_the_space_tells_a_full_screen_window_from_a_large_one(
    mac: Mac, space: int, expected: list[tuple[str, int]]
) -> None:
    mac.display(SCREEN)
    mac.window("Chrome", 9, BELOW_CAMERA)
    mac.library.stub_space(space)
    assert mac.covering() == expected


def test_a_mac_without_the_functions_for_spaces(tmp_path: Path) -> None:
    mac = Mac(tmp_path, spaces=False)
    mac.display(SCREEN)
    mac.window("Chrome", 9, BELOW_CAMERA)
    mac.window("Hades", 10, SCREEN)
    assert mac.covering() == [("Hades", 10)]


def test_a_session_over_the_network_has_no_screen(mac: Mac) -> None:
    with pytest.raises(NotAvailableError, match="no screen"):
        mac.covering()
    mac.library.stub_no_window_server()
    mac.display(SCREEN)
    assert mac.covering() == []


def test_a_failing_call_is_an_error(mac: Mac) -> None:
    mac.library.stub_error(1001)
    with pytest.raises(OSError, match="1001"):
        read_full_screen(mac.library, mac.library)


def test_idle_seconds(mac: Mac) -> None:
    mac.library.stub_idle(12.5)
    assert read_idle_seconds(mac.library) == 12.5
    mac.library.stub_idle(-0.001)
    assert read_idle_seconds(mac.library) == 0.0
    mac.library.stub_idle(math.inf)
    with pytest.raises(NotAvailableError):
        read_idle_seconds(mac.library)


def test_a_metered_network_is_not_told() -> None:
    with pytest.raises(NotAvailableError, match="macOS does not tell programs"):
        read_metered()


@pytest.mark.skipif(sys.platform == "darwin", reason="this is macOS")
def test_elsewhere_there_are_no_sensors() -> None:
    assert macos_sensors(Pace()) == []


@pytest.mark.skipif(sys.platform != "darwin", reason="needs macOS")
async def test_the_real_libraries() -> None:
    assert [sensor.field for sensor in macos_sensors(Pace())] == ["idle_seconds", "full_screen", "metered"]
    frameworks = "/System/Library/Frameworks"
    graphics = ctypes.CDLL(f"{frameworks}/ApplicationServices.framework/ApplicationServices")
    foundation = ctypes.CDLL(f"{frameworks}/CoreFoundation.framework/CoreFoundation")
    assert read_idle_seconds(graphics) >= 0
    assert all(isinstance(program, Program) for program in read_full_screen(graphics, foundation))
