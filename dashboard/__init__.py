"""The reviewers' dashboard: pages in a browser over one workspace. `dashboard/README.md` tells what stands where."""
