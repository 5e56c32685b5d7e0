"""Many recordings over several processes: planned, scanned, gone on with after whatever cut them off.

`planning` decides what is to be done, `crew` is the parent that alone writes to the store, `worker` the processes that
load the models, `reconciling` clears up after those that died.
"""

from monitor.scan.crew import Ran, Watcher, run
from monitor.scan.planning import Failed, Job, plan, set_aside
from monitor.scan.reconciling import Reconciled, reconcile

__all__ = ["Failed", "Job", "Ran", "Reconciled", "Watcher", "plan", "reconcile", "run", "set_aside"]
