// Package deps installs the packages that a project lists in packages.yml or dependencies.yml: those of the hub, of git
// repositories, of tarballs and of local folders, and what they depend on in turn (dbt/deps and dbt/task/deps.py).
//
// [Run] goes through these steps:
//
//   - The list is compared with package-lock.yml by dbt's sha1_hash of the list. When they differ, or on request, the
//     list is resolved: versions and revisions are chosen, dependencies of dependencies added (resolve.go, version.go),
//     and the lock file is written (lock.go).
//   - What the lock file names is fetched (hub.go, git.go, archive.go), unless it is installed already with the very
//     contents that the lock file names: then nothing is fetched and no network is needed.
//   - Everything is made complete in a folder of its own inside the packages folder, checked against the lock file's
//     sha256 (contents.go), and put into place by renaming (install.go). When anything fails, the packages that were
//     there stay.
//
// The lock file is dbt's own format; the sha256 of each package's files stands in comments at its end, which dbt does
// not look at. Errors are *diag.Diagnostic with the place in the file that lists the package; secrets are taken out of
// them.
package deps
