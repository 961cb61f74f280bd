package deps

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gdbt-dev/gdbt/engine/event"
)

// git runs the git executable, as dbt does (dbt/clients/git.py): the user's own settings, credential helpers and keys apply.
// Nothing asks: what needs a password that no helper has fails.
type git struct {
	bus *event.Bus
	// listTimeout bounds the first contact, fetchTimeout the transfer.
	listTimeout, fetchTimeout time.Duration
}

var commitPattern = regexp.MustCompile(`^[0-9a-f]{40}$`)

// errNoGit says that there is no git executable.
var errNoGit = errors.New("git was not found on the PATH")

// gitError is a git command that failed.
type gitError struct {
	command string
	stderr  string
	err     error
}

func (e *gitError) Error() string {
	if e.stderr == "" {
		return fmt.Sprintf("git %s: %v", e.command, e.err)
	}
	return e.stderr
}

func (e *gitError) Unwrap() error { return e.err }

// errRevision says that a repository has no such branch, tag or commit.
type errRevision struct {
	revision string
	refs     []string
	cause    string
}

func (e *errRevision) Error() string { return e.cause }

// hidden are the variables by which git tells its hooks where they are; here they would lead to the wrong repository.
var hidden = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES",
}

// run runs git in a folder and gives what it printed.
func (g *git) run(ctx context.Context, dir string, timeout time.Duration, args ...string) (string, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return "", errNoGit
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("git %s took longer than %s", args[0], timeout))
	defer cancel()
	all := append([]string{
		"-c", "core.autocrlf=false", "-c", "core.hooksPath=" + os.DevNull, "-c", "advice.detachedHead=false", "-c", "gc.auto=0",
		"-c", "http.lowSpeedLimit=100", "-c", fmt.Sprintf("http.lowSpeedTime=%d", max(int(g.listTimeout.Seconds()), 1)),
	}, args...)
	cmd := exec.CommandContext(ctx, program, all...)
	cmd.Dir = dir
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if !slices.ContainsFunc(hidden, func(h string) bool { return strings.EqualFold(h, name) }) {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C", "LANGUAGE=C", "GIT_TERMINAL_PROMPT=0", "SSH_ASKPASS_REQUIRE=never")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = 2 * time.Second
	alone(cmd)
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return "", &gitError{args[0], strings.TrimSpace(stderr.String()), err}
	}
	return stdout.String(), nil
}

// checkRepository refuses what git would take for an option or for a program to run.
func checkRepository(repo string) error {
	switch {
	case strings.HasPrefix(repo, "-"):
		return errors.New("the address of a repository must not begin with a dash")
	case strings.ContainsAny(repo, "\x00\n\r"):
		return errors.New("the address of a repository must be one line")
	}
	for _, transport := range []string{"ext::", "fd::"} {
		if strings.HasPrefix(strings.ToLower(repo), transport) {
			return fmt.Errorf("%s is no transport for packages: it runs a program", strings.TrimSuffix(transport, "::"))
		}
	}
	if u, err := url.Parse(repo); err == nil && (strings.HasPrefix(u.Host, "-") || u.User != nil && strings.HasPrefix(u.User.Username(), "-")) {
		return errors.New("the host of a repository must not begin with a dash")
	}
	return nil
}

// checkRevision refuses what git would take for an option or an expression.
func checkRevision(revision string) error {
	switch {
	case revision == "":
		return errors.New("the revision is empty")
	case strings.HasPrefix(revision, "-"):
		return errors.New("a revision must not begin with a dash")
	case strings.ContainsAny(revision, "\x00 ~^:?*[\\") || strings.Contains(revision, "..") || strings.Contains(revision, "@{"):
		return errors.New("a revision is a tag, a branch or all 40 characters of a commit")
	}
	return nil
}

// checkSubdirectory refuses folders outside of the repository.
func checkSubdirectory(dir string) error {
	if dir != "" && (!filepath.IsLocal(filepath.FromSlash(dir)) || strings.ContainsAny(dir, "\x00\n")) {
		return fmt.Errorf("the subdirectory %q leads out of the repository", dir)
	}
	return nil
}

// repository is what git is asked for: a path is taken from the project's folder, an address as it is.
func repository(repo, root string) string {
	scheme := strings.Contains(repo, "://")
	colon := strings.IndexByte(repo, ':')
	slash := strings.IndexByte(repo, '/')
	remote := colon > 1 && (slash < 0 || colon < slash) // host:path, transport::address; C:\ is a path
	if scheme || remote || filepath.IsAbs(repo) {
		return repo
	}
	return filepath.Join(root, filepath.FromSlash(repo))
}

// checkout fetches one revision of a repository into the empty folder dir, without its history, and gives the commit.
// A tag comes before a branch of the same name.
func (g *git) checkout(ctx context.Context, repo, revision, dir string) (commit string, err error) {
	g.bus.Emit(event.GitProgressPullingNewDependency{Dir: filepath.Base(dir)})
	want := revision
	if !commitPattern.MatchString(revision) {
		refs, err := g.refs(ctx, dir, repo)
		if err != nil {
			return "", err
		}
		if want = refs.find(revision); want == "" {
			return "", &errRevision{revision: revision, refs: refs.names(), cause: "fatal: couldn't find remote ref " + revision}
		}
	}
	if _, err := g.run(ctx, dir, g.listTimeout, "init", "--quiet", "--template="); err != nil {
		return "", err
	}
	g.bus.Emit(event.GitProgressCheckoutRevision{Revision: revision})
	_, err = g.run(ctx, dir, g.fetchTimeout, "fetch", "--quiet", "--depth", "1", "--no-tags", "--no-recurse-submodules", "--", repo, want)
	if err != nil && want == revision && commitPattern.MatchString(revision) && ctx.Err() == nil {
		// Some servers give single commits only when a branch or tag leads to them: everything then, or the first error.
		if _, e := g.run(ctx, dir, g.fetchTimeout, "fetch", "--quiet", "--no-recurse-submodules", "--", repo, "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"); e != nil {
			return "", err
		}
		if _, e := g.run(ctx, dir, g.listTimeout, "cat-file", "-e", revision+"^{commit}"); e != nil {
			return "", &errRevision{revision: revision, cause: err.Error()}
		}
		err = nil
		want = revision
	} else if err == nil {
		want = "FETCH_HEAD"
	}
	if err != nil {
		return "", err
	}
	if _, err := g.run(ctx, dir, g.fetchTimeout, "checkout", "--quiet", "--force", "--detach", want, "--"); err != nil {
		return "", err
	}
	out, err := g.run(ctx, dir, g.listTimeout, "rev-parse", "HEAD")
	if err != nil {
		return "", err
	}
	commit = strings.TrimSpace(out)
	if !commitPattern.MatchString(commit) && len(commit) != 64 {
		return "", fmt.Errorf("git rev-parse gave %q", commit)
	}
	g.bus.Emit(event.GitProgressCheckedOutAt{EndSha: commit[:7]})
	return commit, nil
}

// refList maps the names of a repository's refs to nothing but themselves.
type refList []string

// refs asks a repository for its branches and tags; it is also the check that it can be reached.
func (g *git) refs(ctx context.Context, dir, repo string) (refList, error) {
	out, err := g.run(ctx, dir, g.listTimeout, "ls-remote", "--quiet", "--", repo)
	if err != nil {
		return nil, err
	}
	var refs refList
	for line := range strings.Lines(out) {
		if _, name, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok && !strings.HasSuffix(name, "^{}") {
			refs = append(refs, name)
		}
	}
	return refs, nil
}

// find gives the full name of a tag, a branch or a ref.
func (r refList) find(revision string) string {
	for _, name := range []string{"refs/tags/" + revision, "refs/heads/" + revision, revision} {
		if slices.Contains(r, name) {
			return name
		}
	}
	return ""
}

// names are the short names of tags and branches.
func (r refList) names() []string {
	var out []string
	for _, name := range r {
		for _, prefix := range []string{"refs/tags/", "refs/heads/"} {
			if short, ok := strings.CutPrefix(name, prefix); ok {
				out = append(out, short)
			}
		}
	}
	return out
}

// hintFor says what may be wrong with a repository that could not be read.
func hintFor(err error) string {
	text := strings.ToLower(err.Error())
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
	switch {
	case errors.Is(err, errNoGit):
		return "install git, which packages from git repositories need, or use a package of the hub or a tarball"
	case has("terminal prompts disabled", "authentication failed", "could not read username", "could not read password", "error: 401", "error: 403"):
		return "the repository needs credentials: give git a credential helper, or put a token into the address with {{ env_var('DBT_ENV_SECRET_…') }}"
	case has("permission denied (publickey", "host key verification failed"):
		return "check that `ssh` reaches the host with your key without asking anything"
	case has("could not resolve host", "failed to connect", "connection refused", "connection timed out", "network is unreachable", "took longer than", "connection reset", "operation too slow"):
		return "the host can't be reached: check the address and the network"
	case has("dubious ownership"):
		return "the repository belongs to another user; see git's safe.directory"
	case has("not found", "does not appear to be a git repository", "does not exist", "no such file"):
		return "check the address; a private repository that you have no access to looks the same"
	}
	return ""
}
