"""What is read from pip's lines. The lines are pip's own, of versions 23.2 to 26.3."""

import pytest

import pip_output


def reading(text: str) -> pip_output.Reading:
    result = pip_output.Reading()
    for line in text.splitlines():
        result.feed(line)
    return result


FETCHING = """\
Obtaining file:///home/me/lightwork
  Installing build dependencies: started
  Installing build dependencies: finished with status 'done'
Collecting aiohttp>=3.14.1 (from lightwork==0.1.0)
  Downloading aiohttp-3.14.5-cp311-cp311-manylinux_2_28_x86_64.whl (1.9 MB)
Processing /some where/cryptography-50.0.2-cp311-abi3-manylinux_2_34_x86_64.whl (from lightwork==0.1.0)
Requirement already satisfied: idna in ./.venv/lib (from lightwork==0.1.0)
Collecting http-message-signatures>=3.0 (from lightwork==0.1.0)
  Downloading http_message_signatures-3.0.0-py3-none-any.whl.metadata (2 kB)
  Using cached http_message_signatures-3.0.0-py3-none-any.whl (53 kB)"""


@pytest.mark.parametrize(
    ("lines", "found", "now"),
    [
        (3, 0, ""),
        (4, 1, "aiohttp"),
        (5, 1, "aiohttp (1.9 MB)"),
        (6, 2, "cryptography"),
        (7, 2, "cryptography"),
        (8, 3, "http-message-signatures"),
        (10, 3, "http-message-signatures (2 kB)"),
    ],
)
def test_the_package_at_hand_is_known(lines: int, found: int, now: str) -> None:
    read = reading("\n".join(FETCHING.splitlines()[:lines]))
    assert (read.found, read.now, read.to_install) == (found, now, [])


def test_all_packages_are_known_before_the_first_is_installed() -> None:
    read = reading(FETCHING + "\nInstalling collected packages: idna, aiohttp, lightwork")
    assert read.to_install == ["idna", "aiohttp", "lightwork"]


RETRY = (
    "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None)) after connection broken by "
    "'NewConnectionError('<HTTPSConnection object>: Failed to establish a new connection: [Errno -3] Temporary failure "
    "in name resolution')': /simple/aiohttp/"
)
NOTHING = "ERROR: No matching distribution found for torch==2.13.0"


@pytest.mark.parametrize(
    ("output", "status", "said"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", 1, "disk is full"),
        ("OSError: [WinError 112] There is not enough space on the disk", 1, "disk is full"),
        (RETRY + "\n" + NOTHING, 1, "cannot be reached"),
        ("ERROR: Connection broken: IncompleteRead(1200 bytes read)", 1, "cannot be reached"),
        ("socket.gaierror: [Errno 11001] getaddrinfo failed", 2, "cannot be reached"),
        ("pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out.", 2, "cannot be reached"),
        ("WARNING: after connection broken by 'SSLError(SSLCertVerificationError(...)'\n" + NOTHING, 1, "certificate"),
        ("WARNING: after connection broken by 'ProxyError('Cannot connect to proxy.')'\n" + NOTHING, 1, "HTTP_PROXY"),
        ("ERROR: HTTP error 503 while getting x\nERROR: 503 Server Error: Unavailable", 1, "overloaded"),
        ("ERROR: Could not install packages: [Errno 13] Permission denied: '/x/.venv/lib'", 1, "Permission denied"),
        ("ERROR: [WinError 5] Access is denied: 'C:\\x'", 1, "Permission denied"),
        ("ERROR: Package 'x' requires a different Python: 3.11.7 not in '>=3.12'", 1, "version of Python"),
        (NOTHING, 1, "this Python: torch==2.13.0."),
        (
            f"ERROR: Could not find a version that satisfies torch (from versions: none)\n{NOTHING}",
            1,
            "has torch==2.13.0.",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", 1, "damaged"),
        ("ERROR: ResolutionImpossible: for help visit ...", 1, "contradict"),
        ("error: command '/usr/bin/gcc' failed with exit code 1", 1, "compiled"),
        ("error: Microsoft Visual C++ 14.0 or greater is required.", 1, "compiled"),
        ("MemoryError", 1, "memory is full"),
        ("/x/.venv/bin/python: No module named pip", 1, "pip is missing"),
        ("Collecting torch", -9, "memory was full"),
        ("Collecting torch", -15, "signal 15"),
        ("something quite new", 3, "exit status 3"),
    ],
)
def test_a_failure_is_told_in_a_sentence(output: str, status: int, said: str) -> None:
    assert said in pip_output.reason(output.splitlines(), status)


def test_braces_in_pips_output_do_no_harm() -> None:
    assert "{x}" in pip_output.reason(["ERROR: No matching distribution found for {x}"], 1)
