"""The two databases of the store's own tests."""

from store.conftest import postgres, reopen, server, store, url, workspace

__all__ = ["postgres", "reopen", "server", "store", "url", "workspace"]
