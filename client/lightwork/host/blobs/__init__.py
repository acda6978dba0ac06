"""Files of a project and uploads to it, by key: local files, memory or an object store, chosen by a URL."""

from lightwork.host.blobs.store import Blobs, file_key

__all__ = ["Blobs", "file_key"]
