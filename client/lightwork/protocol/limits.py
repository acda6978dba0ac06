"""Bounds on what another computer may send. Each is far above what is needed and far below what would hurt."""

MANIFEST_BYTES = 8 << 20
DOCUMENT_BYTES = 1 << 20  # any other JSON answer
CHUNK_BYTES = 1 << 20  # one request of a resumable upload
EAGER_BYTES = 1 << 15  # an upload that comes with its announcement: larger ones are costly to refuse
PARAMETERS = 10**12
TENSORS = 100_000
SHARDS = 1_000_000
TEXT_CHARACTERS = 4_000
SIGNATURE_AGE_SECONDS = 120
CLOCK_AHEAD_SECONDS = 30
UNPACKED_BYTES = 2 << 30  # what travels packed becomes no longer; a recipe allows shards of 1 GiB
# Rounds that may have closed since the version that work was made against. Nobody trains on weights that are older.
ROUNDS_BEHIND = 8
WORK_ITEMS = 16  # leases that one contribution may carry
OPEN_LEASES = 8  # leases that one account may hold and has not contributed; one more ends the oldest
