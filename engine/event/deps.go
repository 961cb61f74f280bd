package event

import (
	"fmt"
	"strings"
)

// The events of gdbt deps, in the order in which they come, and one of parsing packages.

// DepsNoPackagesFound: the project lists no packages.
type DepsNoPackagesFound struct{}

func (DepsNoPackagesFound) Kind() Kind { return Kind{"DepsNoPackagesFound", "M013", Info} }
func (DepsNoPackagesFound) Message(Style) string {
	return "Warning: No packages were found in packages.yml"
}

// DepsSetDownloadDirectory tells where packages are put until they are complete.
type DepsSetDownloadDirectory struct {
	Path string `log:"path"`
}

func (DepsSetDownloadDirectory) Kind() Kind { return Kind{"DepsSetDownloadDirectory", "M028", Debug} }
func (e DepsSetDownloadDirectory) Message(Style) string {
	return fmt.Sprintf("Set downloads directory='%s'", e.Path)
}

// DepsStartPackageInstall: a package is put into place.
type DepsStartPackageInstall struct {
	PackageName string `log:"package_name"`
}

func (DepsStartPackageInstall) Kind() Kind             { return Kind{"DepsStartPackageInstall", "M014", Info} }
func (e DepsStartPackageInstall) Message(Style) string { return "Installing " + e.PackageName }

// DepsInstallInfo tells which version of it: "version 1.1.1", "revision 3f2c…".
type DepsInstallInfo struct {
	VersionName string `log:"version_name"`
}

func (DepsInstallInfo) Kind() Kind             { return Kind{"DepsInstallInfo", "M015", Info} }
func (e DepsInstallInfo) Message(Style) string { return "Installed from " + e.VersionName }

// DepsUpdateAvailable: the hub has a later version that fits.
type DepsUpdateAvailable struct {
	VersionLatest string `log:"version_latest"`
}

func (DepsUpdateAvailable) Kind() Kind { return Kind{"DepsUpdateAvailable", "M016", Info} }
func (e DepsUpdateAvailable) Message(Style) string {
	return "Updated version available: " + e.VersionLatest
}

// DepsUpToDate: the hub has no later version.
type DepsUpToDate struct{}

func (DepsUpToDate) Kind() Kind           { return Kind{"DepsUpToDate", "M017", Info} }
func (DepsUpToDate) Message(Style) string { return "Up to date!" }

// DepsListSubdirectory names the folder of the repository that the package is in.
type DepsListSubdirectory struct {
	Subdirectory string `log:"subdirectory"`
}

func (DepsListSubdirectory) Kind() Kind             { return Kind{"DepsListSubdirectory", "M018", Info} }
func (e DepsListSubdirectory) Message(Style) string { return "and subdirectory " + e.Subdirectory }

// DepsNotifyUpdatesAvailable lists the packages that have a later version.
type DepsNotifyUpdatesAvailable struct {
	Packages []string `log:"packages"`
}

func (DepsNotifyUpdatesAvailable) Kind() Kind {
	return Kind{"DepsNotifyUpdatesAvailable", "M019", Info}
}
func (e DepsNotifyUpdatesAvailable) Message(Style) string {
	// The spaces before the line break are dbt's.
	return fmt.Sprintf("Updates available for packages: ['%s']%s\nUpdate your versions in packages.yml, then run dbt deps",
		strings.Join(e.Packages, "', '"), strings.Repeat(" ", 17))
}

// DepsLockUpdating: package-lock.yml is written.
type DepsLockUpdating struct {
	LockFilepath string `log:"lock_filepath"`
}

func (DepsLockUpdating) Kind() Kind { return Kind{"DepsLockUpdating", "M031", Info} }
func (e DepsLockUpdating) Message(Style) string {
	return "Updating lock file in file path: " + e.LockFilepath
}

// DepsAddPackage: --add-package wrote an entry.
type DepsAddPackage struct {
	PackageName      string `log:"package_name"`
	Version          string `log:"version"`
	PackagesFilepath string `log:"packages_filepath"`
}

func (DepsAddPackage) Kind() Kind { return Kind{"DepsAddPackage", "M032", Info} }
func (e DepsAddPackage) Message(Style) string {
	return fmt.Sprintf("Added new package %s@%s to %s", e.PackageName, e.Version, e.PackagesFilepath)
}

// DepsFoundDuplicatePackage: --add-package took an entry of the same package out.
type DepsFoundDuplicatePackage struct {
	RemovedPackage map[string]string `log:"removed_package"`
}

func (DepsFoundDuplicatePackage) Kind() Kind { return Kind{"DepsFoundDuplicatePackage", "M033", Info} }
func (e DepsFoundDuplicatePackage) Message(Style) string {
	var parts []string
	for _, k := range sortedKeys(e.RemovedPackage) {
		parts = append(parts, fmt.Sprintf("'%s': '%s'", k, e.RemovedPackage[k]))
	}
	return "Found duplicate package in packages.yml, removing: {" + strings.Join(parts, ", ") + "}"
}

// DepsUnpinned warns of a git package whose revision moves: Revision is HEAD, main or master.
type DepsUnpinned struct {
	Revision string `log:"revision"`
	Git      string `log:"git"`
}

func (DepsUnpinned) Kind() Kind { return Kind{"DepsUnpinned", "M029", Warn} }
func (e DepsUnpinned) Message(s Style) string {
	pin := "not pinned, using HEAD (default branch)"
	if e.Revision != "HEAD" {
		pin = `pinned to the "` + e.Revision + `" branch`
	}
	return s.Yellow("WARNING: The git package \"" + e.Git + "\" \n\tis " + pin + ".\n\tThis can introduce breaking changes into your project without warning!" +
		"\n\nSee https://docs.getdbt.com/docs/package-management#section-specifying-package-versions")
}

// DepsScrubbedPackageName warns that a secret was left out of the lock file.
type DepsScrubbedPackageName struct {
	PackageName string `log:"package_name"`
}

func (DepsScrubbedPackageName) Kind() Kind { return Kind{"DepsScrubbedPackageName", "M035", Warn} }
func (e DepsScrubbedPackageName) Message(Style) string {
	return "Detected secret env var in " + e.PackageName + ". dbt will write a scrubbed representation to the lock file. " +
		"This will cause issues with subsequent 'dbt deps' using the lock file, requiring 'dbt deps --upgrade'"
}

// DepsCreatingLocalSymlink: a local package is linked into place.
type DepsCreatingLocalSymlink struct{}

func (DepsCreatingLocalSymlink) Kind() Kind { return Kind{"DepsCreatingLocalSymlink", "Z037", Debug} }
func (DepsCreatingLocalSymlink) Message(Style) string {
	return "Creating symlink to local dependency."
}

// DepsSymlinkNotAvailable: it is copied instead.
type DepsSymlinkNotAvailable struct{}

func (DepsSymlinkNotAvailable) Kind() Kind { return Kind{"DepsSymlinkNotAvailable", "Z038", Debug} }
func (DepsSymlinkNotAvailable) Message(Style) string {
	return "Symlinks are not available on this OS, copying dependency."
}

// GitProgressCheckoutRevision: a revision of a repository is fetched.
type GitProgressCheckoutRevision struct {
	Revision string `log:"revision"`
}

func (GitProgressCheckoutRevision) Kind() Kind {
	return Kind{"GitProgressCheckoutRevision", "M002", Debug}
}
func (e GitProgressCheckoutRevision) Message(Style) string {
	return "Checking out revision " + e.Revision + "."
}

// GitProgressPullingNewDependency tells which folder a repository is fetched to.
type GitProgressPullingNewDependency struct {
	Dir string `log:"dir"`
}

func (GitProgressPullingNewDependency) Kind() Kind {
	return Kind{"GitProgressPullingNewDependency", "M004", Debug}
}
func (e GitProgressPullingNewDependency) Message(Style) string {
	return "Pulling new dependency " + e.Dir + "."
}

// GitProgressCheckedOutAt tells which commit was fetched, in short.
type GitProgressCheckedOutAt struct {
	EndSha string `log:"end_sha"`
}

func (GitProgressCheckedOutAt) Kind() Kind             { return Kind{"GitProgressCheckedOutAt", "M007", Debug} }
func (e GitProgressCheckedOutAt) Message(Style) string { return "Checked out at " + e.EndSha + "." }

// RegistryProgressGETRequest: the hub is asked for a package.
type RegistryProgressGETRequest struct {
	URL string `log:"url"`
}

func (RegistryProgressGETRequest) Kind() Kind {
	return Kind{"RegistryProgressGETRequest", "M008", Debug}
}
func (e RegistryProgressGETRequest) Message(Style) string {
	return "Making package registry request: GET " + e.URL
}

// RegistryProgressGETResponse: the hub answered with an HTTP status.
type RegistryProgressGETResponse struct {
	URL      string `log:"url"`
	RespCode int    `log:"resp_code"`
}

func (RegistryProgressGETResponse) Kind() Kind {
	return Kind{"RegistryProgressGETResponse", "M009", Debug}
}
func (e RegistryProgressGETResponse) Message(Style) string {
	return fmt.Sprintf("Response from registry: GET %s %d", e.URL, e.RespCode)
}

// RegistryIndexProgressGETRequest: the hub is asked for the list of its packages.
type RegistryIndexProgressGETRequest struct {
	URL string `log:"url"`
}

func (RegistryIndexProgressGETRequest) Kind() Kind {
	return Kind{"RegistryIndexProgressGETRequest", "M022", Debug}
}
func (e RegistryIndexProgressGETRequest) Message(Style) string {
	return "Making package index registry request: GET " + e.URL
}

// RegistryIndexProgressGETResponse: the hub answered with an HTTP status.
type RegistryIndexProgressGETResponse struct {
	URL      string `log:"url"`
	RespCode int    `log:"resp_code"`
}

func (RegistryIndexProgressGETResponse) Kind() Kind {
	return Kind{"RegistryIndexProgressGETResponse", "M023", Debug}
}
func (e RegistryIndexProgressGETResponse) Message(Style) string {
	return fmt.Sprintf("Response from registry index: GET %s %d", e.URL, e.RespCode)
}

// RecordRetryException tells why a request is sent again.
type RecordRetryException struct {
	Exc string `log:"exc"`
}

func (RecordRetryException) Kind() Kind { return Kind{"RecordRetryException", "M021", Debug} }
func (e RecordRetryException) Message(Style) string {
	return "External call exception: " + e.Exc
}

// RetryExternalCall counts the attempts.
type RetryExternalCall struct {
	Attempt int `log:"attempt"`
	Max     int `log:"max"`
}

func (RetryExternalCall) Kind() Kind { return Kind{"RetryExternalCall", "M020", Debug} }
func (e RetryExternalCall) Message(Style) string {
	return fmt.Sprintf("Retrying external call. Attempt: %d Max attempts: %d", e.Attempt, e.Max)
}
